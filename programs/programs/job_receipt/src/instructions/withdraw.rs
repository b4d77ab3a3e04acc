use crate::{ReceiptError, Withdrawn};
use anchor_lang::prelude::*;
use receipt_state::{CreditAccount, Vault};
use registry_state::Network;
use weft_chain::Now;

#[derive(Accounts)]
pub struct Withdraw {
    #[account(address = account.owner @ ReceiptError::NotOwner)]
    pub owner: Signer,
    #[account(address = account.network @ ReceiptError::WrongNetwork)]
    pub network: BorshAccount<Network>,
    #[account(mut)]
    pub account: BorshAccount<CreditAccount>,
    #[account(constraint = vault.network == account.network @ ReceiptError::WrongNetwork)]
    pub vault: BorshAccount<Vault>,
    #[account(mut, address = vault.tokens @ ReceiptError::WrongVault)]
    pub tokens: UncheckedAccount,
    #[account(mut, constraint = destination.address() != tokens.address() @ ReceiptError::SameAccount)]
    pub destination: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl Withdraw {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let accounts = &mut ctx.accounts;
        let amount = take_pending(&mut accounts.account, &accounts.network)?;
        emit!(Withdrawn { account: *accounts.account.address(), amount });
        pay(&accounts.vault, accounts.tokens.account(), accounts.destination.account(), amount)
    }
}

/// What was requested, or what settlements in the meantime left of it, once both delays are over.
pub(crate) fn take_pending(account: &mut CreditAccount, network: &Network) -> Result<u64> {
    require!(account.pending > 0, ReceiptError::NothingPending);
    let since = Now { slot: account.pending_since_slot, seconds: account.pending_since_time };
    let over = weft_chain::now()?.passed(since, network.withdraw_slots, network.withdraw_seconds);
    require!(over, ReceiptError::StillWaiting);
    let amount = account.pending;
    account.pending = 0;
    take(account, amount)
}

/// Takes at most `amount` out of what is free.
pub(crate) fn take(account: &mut CreditAccount, amount: u64) -> Result<u64> {
    let amount = account.free().ok_or(ReceiptError::Overflow)?.min(amount);
    account.withdrawn = account.withdrawn.checked_add(amount).ok_or(ReceiptError::Overflow)?;
    Ok(amount)
}

pub(crate) fn pay(
    vault: &BorshAccount<Vault>,
    tokens: &AccountView,
    destination: &AccountView,
    amount: u64,
) -> Result<()> {
    let seeds = [b"vault", vault.network.as_ref(), &[vault.bump]];
    weft_chain::transfer_signed(tokens, destination, vault.account(), amount, seeds)
}
