use crate::SplitterError;
use anchor_lang::prelude::*;
use splitter_state::Balance;

#[derive(Accounts)]
pub struct CloseBalance {
    #[account(address = balance.payee @ SplitterError::NotPayee)]
    pub payee: Signer,
    #[account(mut, address = balance.payer @ SplitterError::NotThePayer)]
    pub payer: UncheckedAccount,
    #[account(mut, close = payer, constraint = balance.credited == balance.withdrawn @ SplitterError::BalanceLeft)]
    pub balance: BorshAccount<Balance>,
}

impl CloseBalance {
    pub fn run(_ctx: &mut Context<Self>) -> Result<()> {
        Ok(())
    }
}
