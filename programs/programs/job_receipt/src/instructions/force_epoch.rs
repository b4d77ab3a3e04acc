use crate::{EpochForced, ReceiptError};
use anchor_lang::prelude::*;
use receipt_state::CreditAccount;
use registry_state::Network;

#[derive(Accounts)]
pub struct ForceEpoch {
    #[account(address = account.network @ ReceiptError::WrongNetwork)]
    pub network: BorshAccount<Network>,
    #[account(mut, constraint = account.force_since_slot > 0 @ ReceiptError::NoForceRequested)]
    pub account: BorshAccount<CreditAccount>,
}

impl ForceEpoch {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let (network, account) = (&ctx.accounts.network, &mut ctx.accounts.account);
        let due = account.force_since_slot.checked_add(network.force_slots).ok_or(ReceiptError::Overflow)?;
        let slot = weft_chain::now()?.slot;
        require!(slot >= due, ReceiptError::StillWaiting);
        account.epoch = account.epoch_after(network.epoch, network.unknown_epoch(slot));
        account.force_since_slot = 0;
        emit!(EpochForced { account: *account.address(), epoch: account.epoch, height: account.height });
        Ok(())
    }
}
