use super::withdraw::{pay, take_pending};
use crate::{ReceiptError, Withdrawn};
use anchor_lang::prelude::*;
use receipt_state::{CreditAccount, Vault};
use registry_state::Network;
use weft_chain::belongs_to;

/// Permissionless: the owner's tokens are where the credits go, whoever asks.
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
    /// The delay after the cancellation is the witnesses' time to settle a job that ended just before it.
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let accounts = &mut ctx.accounts;
        let amount = take_pending(&mut accounts.account, &accounts.network)?;
        emit!(Withdrawn { account: *accounts.account.address(), amount });
        pay(&accounts.vault, accounts.tokens.account(), accounts.destination.account(), amount)
    }
}
