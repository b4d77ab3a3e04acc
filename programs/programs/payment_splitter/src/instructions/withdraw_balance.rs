use crate::{cpi, BalanceWithdrawn, SplitterError};
use anchor_lang::prelude::*;
use splitter_state::{Balance, CASHIER_SEED};

#[derive(Accounts)]
pub struct WithdrawBalance {
    #[account(address = balance.payee @ SplitterError::NotPayee)]
    pub payee: Signer,
    #[account(mut)]
    pub balance: BorshAccount<Balance>,
    #[account(seeds = [CASHIER_SEED, balance.network.as_ref()], bump)]
    pub cashier: UncheckedAccount,
    /// Checked by `job_receipt`, which pays only from the vault of the cashier's network.
    pub vault: UncheckedAccount,
    #[account(mut)]
    pub tokens: UncheckedAccount,
    #[account(mut)]
    pub destination: UncheckedAccount,
    pub token_program: Program<Token>,
    #[account(address = receipt_state::ID @ SplitterError::WrongNetwork)]
    pub job_receipt: UncheckedAccount,
}

impl WithdrawBalance {
    pub fn run(ctx: &mut Context<Self>, amount: u64) -> Result<()> {
        let bump = ctx.bumps.cashier;
        let accounts = &mut ctx.accounts;
        take(&mut accounts.balance, amount)?;
        let (network, payee) = (accounts.balance.network, accounts.balance.payee);
        emit!(BalanceWithdrawn { network, payee, amount });
        let views = [
            (accounts.cashier.account(), false),
            (accounts.vault.account(), false),
            (accounts.tokens.account(), true),
            (accounts.destination.account(), true),
            (accounts.token_program.account(), false),
        ];
        cpi::call("pay_out", amount, views, &network, bump)
    }
}

pub(crate) fn take(balance: &mut Balance, amount: u64) -> Result<()> {
    require!(amount > 0, SplitterError::ZeroAmount);
    let left = balance.credited.checked_sub(balance.withdrawn).ok_or(SplitterError::Overflow)?;
    require!(amount <= left, SplitterError::NotEnough);
    balance.withdrawn += amount;
    Ok(())
}
