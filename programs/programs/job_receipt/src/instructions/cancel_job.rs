use super::request_withdrawal::request;
use crate::ReceiptError;
use anchor_lang::prelude::*;
use receipt_state::CreditAccount;

#[derive(Accounts)]
pub struct CancelJob {
    /// The owner; after the deadline anybody.
    pub signer: Signer,
    #[account(mut, constraint = account.deadline > 0 @ ReceiptError::NotAJob)]
    pub account: BorshAccount<CreditAccount>,
}

impl CancelJob {
    /// A stranger does not restart a wait that has begun.
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let accounts = &mut ctx.accounts;
        if *accounts.signer.address() != accounts.account.owner {
            require!(weft_chain::now()?.seconds > accounts.account.deadline, ReceiptError::DeadlineNotPassed);
            require!(accounts.account.pending == 0, ReceiptError::AlreadyPending);
        }
        let free = accounts.account.free().ok_or(ReceiptError::Overflow)?;
        request(&mut accounts.account, free)
    }
}
