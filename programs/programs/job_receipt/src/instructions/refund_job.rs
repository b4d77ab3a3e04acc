use super::withdraw::{pay, take};
use crate::{ReceiptError, Withdrawn};
use anchor_lang::prelude::*;
use receipt_state::{CreditAccount, Vault};
use registry_state::Network;
use weft_chain::belongs_to;

#[derive(Accounts)]
pub struct RefundJob {
    #[account(address = account.network @ ReceiptError::WrongNetwork)]
    pub network: BorshAccount<Network>,
    #[account(mut, constraint = account.deadline > 0 @ ReceiptError::NotAJob)]
    pub account: BorshAccount<CreditAccount>,
    #[account(constraint = vault.network == account.network @ ReceiptError::WrongNetwork)]
    pub vault: BorshAccount<Vault>,
    #[account(mut, address = vault.tokens @ ReceiptError::WrongVault)]
    pub tokens: UncheckedAccount,
    #[account(mut, constraint = belongs_to(destination.account(), &vault.mint, &account.owner) @ ReceiptError::NotTheOwnersTokens)]
    pub destination: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl RefundJob {
    /// The delay after the deadline is the witnesses' time to settle a job that ended just before it.
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let accounts = &mut ctx.accounts;
        let delay = accounts.network.withdraw_seconds;
        let due = accounts.account.deadline.checked_add(delay).ok_or(ReceiptError::Overflow)?;
        require!(weft_chain::now()?.seconds > due, ReceiptError::DeadlineNotPassed);
        let amount = take(&mut accounts.account, u64::MAX)?;
        require!(amount > 0, ReceiptError::NothingPending);
        accounts.account.pending = 0;
        emit!(Withdrawn { account: *accounts.account.address(), amount });
        pay(&accounts.vault, accounts.tokens.account(), accounts.destination.account(), amount)
    }
}
