use super::request_withdrawal::request;
use crate::ReceiptError;
use anchor_lang::prelude::*;
use receipt_state::CreditAccount;

#[derive(Accounts)]
pub struct CancelJob {
    #[account(address = account.owner @ ReceiptError::NotOwner)]
    pub owner: Signer,
    #[account(mut, constraint = account.deadline > 0 @ ReceiptError::NotAJob)]
    pub account: BorshAccount<CreditAccount>,
}

impl CancelJob {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let free = ctx.accounts.account.free().ok_or(ReceiptError::Overflow)?;
        request(&mut ctx.accounts.account, free)
    }
}
