use crate::ReceiptError;
use anchor_lang::prelude::*;
use receipt_state::CreditAccount;

#[derive(Accounts)]
pub struct RequestWithdrawal {
    #[account(address = account.owner @ ReceiptError::NotOwner)]
    pub owner: Signer,
    #[account(mut)]
    pub account: BorshAccount<CreditAccount>,
}

impl RequestWithdrawal {
    pub fn run(ctx: &mut Context<Self>, amount: u64) -> Result<()> {
        let free = ctx.accounts.account.free().ok_or(ReceiptError::Overflow)?;
        require!(amount <= free, ReceiptError::BeyondDeposits);
        request(&mut ctx.accounts.account, amount)
    }
}

/// A new request replaces the old one, and its wait begins anew.
pub(crate) fn request(account: &mut CreditAccount, amount: u64) -> Result<()> {
    require!(amount > 0, ReceiptError::ZeroAmount);
    let now = weft_chain::now()?;
    account.pending = amount;
    account.pending_since_slot = now.slot;
    account.pending_since_time = now.seconds;
    Ok(())
}
