use crate::ReceiptError;
use anchor_lang::prelude::*;
use receipt_state::CreditAccount;

#[derive(Accounts)]
pub struct Authorise {
    #[account(address = account.owner @ ReceiptError::NotOwner)]
    pub owner: Signer,
    #[account(mut)]
    pub account: BorshAccount<CreditAccount>,
}

impl Authorise {
    pub fn run(ctx: &mut Context<Self>, limit: u64) -> Result<()> {
        raise(&mut ctx.accounts.account, limit)
    }
}

/// Work may have been done on the word of the old limit, so it only rises.
pub(crate) fn raise(account: &mut CreditAccount, limit: u64) -> Result<()> {
    require!(limit >= account.authorised, ReceiptError::AuthorisationFalls);
    account.authorised = limit;
    Ok(())
}
