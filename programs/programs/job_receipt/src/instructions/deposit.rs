use crate::{Deposited, ReceiptError};
use anchor_lang::prelude::*;
use receipt_state::{CreditAccount, Vault};

#[derive(Accounts)]
pub struct Deposit {
    pub payer: Signer,
    #[account(mut)]
    pub account: BorshAccount<CreditAccount>,
    #[account(constraint = vault.network == account.network @ ReceiptError::WrongNetwork)]
    pub vault: BorshAccount<Vault>,
    #[account(mut)]
    pub source: UncheckedAccount,
    #[account(
        mut,
        address = vault.tokens @ ReceiptError::WrongVault,
        constraint = tokens.address() != source.address() @ ReceiptError::SameAccount,
    )]
    pub tokens: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl Deposit {
    pub fn run(ctx: &mut Context<Self>, amount: u64) -> Result<()> {
        require!(amount > 0, ReceiptError::ZeroAmount);
        let accounts = &mut ctx.accounts;
        let account = &mut accounts.account;
        account.deposited = account.deposited.checked_add(amount).ok_or(ReceiptError::Overflow)?;
        emit!(Deposited { account: *account.address(), amount });
        weft_chain::transfer(accounts.source.account(), accounts.tokens.account(), accounts.payer.account(), amount)
    }
}
