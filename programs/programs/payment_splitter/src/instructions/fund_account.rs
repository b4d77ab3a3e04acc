use super::withdraw_balance::take;
use crate::{cpi, SplitterError};
use anchor_lang::prelude::*;
use splitter_state::{Balance, CASHIER_SEED};

#[derive(Accounts)]
pub struct FundAccount {
    #[account(address = balance.payee @ SplitterError::NotPayee)]
    pub payee: Signer,
    #[account(mut)]
    pub balance: BorshAccount<Balance>,
    #[account(seeds = [CASHIER_SEED, balance.network.as_ref()], bump)]
    pub cashier: UncheckedAccount,
    /// Checked by `job_receipt`: an account of the cashier's network.
    #[account(mut)]
    pub account: UncheckedAccount,
    #[account(address = receipt_state::ID @ SplitterError::WrongNetwork)]
    pub job_receipt: UncheckedAccount,
}

impl FundAccount {
    pub fn run(ctx: &mut Context<Self>, amount: u64) -> Result<()> {
        let bump = ctx.bumps.cashier;
        let accounts = &mut ctx.accounts;
        take(&mut accounts.balance, amount)?;
        let views = [(accounts.cashier.account(), false), (accounts.account.account(), true)];
        cpi::call("credit", amount, views, &accounts.balance.network, bump)
    }
}
