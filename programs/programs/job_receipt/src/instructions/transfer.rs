use super::withdraw::take_pending;
use crate::{Deposited, ReceiptError, Withdrawn};
use anchor_lang::prelude::*;
use receipt_state::CreditAccount;
use registry_state::Network;

#[derive(Accounts)]
pub struct Transfer {
    #[account(address = from.owner @ ReceiptError::NotOwner)]
    pub owner: Signer,
    #[account(address = from.network @ ReceiptError::WrongNetwork)]
    pub network: BorshAccount<Network>,
    #[account(mut)]
    pub from: BorshAccount<CreditAccount>,
    #[account(mut, constraint = to.network == from.network @ ReceiptError::WrongNetwork)]
    pub to: BorshAccount<CreditAccount>,
}

impl Transfer {
    /// The delay of a withdrawal holds here too: otherwise an account could be emptied before its witnesses settle.
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let accounts = &mut ctx.accounts;
        let amount = take_pending(&mut accounts.from, &accounts.network)?;
        accounts.to.deposited = accounts.to.deposited.checked_add(amount).ok_or(ReceiptError::Overflow)?;
        emit!(Withdrawn { account: *accounts.from.address(), amount });
        emit!(Deposited { account: *accounts.to.address(), amount });
        Ok(())
    }
}
