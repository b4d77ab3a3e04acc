use crate::SplitterError;
use anchor_lang::prelude::*;
use splitter_state::PaidList;

/// An account grows by at most 10,240 bytes in one instruction.
const MORE_MAX: u32 = 250;

#[derive(Accounts)]
pub struct GrowLedger {
    #[account(mut)]
    pub payer: Signer,
    #[account(mut)]
    pub ledger: PaidList,
    pub system_program: Program<System>,
}

impl GrowLedger {
    pub fn run(ctx: &mut Context<Self>, more: u32) -> Result<()> {
        require!(more > 0 && more <= MORE_MAX, SplitterError::BadCapacity);
        let ledger = &mut ctx.accounts.ledger;
        ledger.resize_to_capacity(ledger.capacity() as u32 + more)?;
        ledger.top_up(ctx.accounts.payer.account())
    }
}
