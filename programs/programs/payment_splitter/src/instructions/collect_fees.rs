use crate::SplitterError;
use anchor_lang::prelude::*;
use registry_state::Network;
use splitter_state::{Balance, PaidList};

#[derive(Accounts)]
pub struct CollectFees {
    #[account(address = ledger.network @ SplitterError::WrongNetwork)]
    pub network: BorshAccount<Network>,
    #[account(mut, constraint = ledger.fees_due() > 0 @ SplitterError::NoFees)]
    pub ledger: PaidList,
    #[account(
        mut,
        constraint = balance.network == ledger.network @ SplitterError::WrongNetwork,
        constraint = balance.payee == network.treasury @ SplitterError::NotTreasury,
    )]
    pub balance: BorshAccount<Balance>,
}

impl CollectFees {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let (ledger, balance) = (&mut ctx.accounts.ledger, &mut ctx.accounts.balance);
        balance.credited = balance.credited.checked_add(ledger.fees_due()).ok_or(SplitterError::Overflow)?;
        ledger.fees_collected = ledger.fees;
        Ok(())
    }
}
