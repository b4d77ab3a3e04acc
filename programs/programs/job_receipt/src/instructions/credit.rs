use crate::{Deposited, ReceiptError};
use anchor_lang::prelude::*;
use receipt_state::CreditAccount;
use splitter_state::CASHIER_SEED;

#[derive(Accounts)]
pub struct Credit {
    #[account(seeds = [CASHIER_SEED, account.network.as_ref()], bump, seeds::program = splitter_state::ID)]
    pub cashier: Signer,
    #[account(mut)]
    pub account: BorshAccount<CreditAccount>,
}

impl Credit {
    pub fn run(ctx: &mut Context<Self>, amount: u64) -> Result<()> {
        let account = &mut ctx.accounts.account;
        account.deposited = account.deposited.checked_add(amount).ok_or(ReceiptError::Overflow)?;
        emit!(Deposited { account: *account.address(), amount });
        Ok(())
    }
}
