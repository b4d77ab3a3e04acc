use super::withdraw::pay;
use crate::ReceiptError;
use anchor_lang::prelude::*;
use receipt_state::Vault;
use splitter_state::CASHIER_SEED;

#[derive(Accounts)]
pub struct PayOut {
    #[account(seeds = [CASHIER_SEED, vault.network.as_ref()], bump, seeds::program = splitter_state::ID)]
    pub cashier: Signer,
    pub vault: BorshAccount<Vault>,
    #[account(mut, address = vault.tokens @ ReceiptError::WrongVault)]
    pub tokens: UncheckedAccount,
    #[account(mut, constraint = destination.address() != tokens.address() @ ReceiptError::SameAccount)]
    pub destination: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl PayOut {
    pub fn run(ctx: &mut Context<Self>, amount: u64) -> Result<()> {
        let accounts = &ctx.accounts;
        pay(&accounts.vault, accounts.tokens.account(), accounts.destination.account(), amount)
    }
}
