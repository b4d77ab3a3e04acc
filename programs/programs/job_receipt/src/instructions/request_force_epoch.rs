use crate::ReceiptError;
use anchor_lang::prelude::*;
use receipt_state::CreditAccount;
use registry_state::Network;

#[derive(Accounts)]
pub struct RequestForceEpoch {
    #[account(address = account.network @ ReceiptError::WrongNetwork)]
    pub network: BorshAccount<Network>,
    #[account(
        mut,
        constraint = network.epoch > account.epoch @ ReceiptError::EpochNotOver,
        constraint = account.force_since_slot == 0 @ ReceiptError::ForceRequested,
    )]
    pub account: BorshAccount<CreditAccount>,
}

impl RequestForceEpoch {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        ctx.accounts.account.force_since_slot = weft_chain::now()?.slot.max(1);
        Ok(())
    }
}
