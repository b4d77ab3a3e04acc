use crate::SplitterError;
use anchor_lang::prelude::*;
use receipt_state::CreditAccount;
use registry_state::Network;
use splitter_state::PaidList;

/// What fits into an account that another program creates (10,240 bytes).
const CAPACITY_MAX: u32 = 250;

#[derive(Accounts)]
#[instruction(capacity: u32)]
pub struct OpenLedger {
    #[account(mut)]
    pub payer: Signer,
    #[account(address = account.network @ SplitterError::WrongNetwork)]
    pub network: BorshAccount<Network>,
    pub account: BorshAccount<CreditAccount>,
    #[account(
        init,
        payer = payer,
        space = PaidList::space_for(capacity.min(CAPACITY_MAX)),
        seeds = [b"ledger", account.address().as_ref(), account.opened.to_le_bytes()],
        bump
    )]
    pub ledger: PaidList,
    pub system_program: Program<System>,
}

impl OpenLedger {
    pub fn run(ctx: &mut Context<Self>, capacity: u32) -> Result<()> {
        require!(capacity > 0 && capacity <= CAPACITY_MAX, SplitterError::BadCapacity);
        let accounts = &mut ctx.accounts;
        accounts.ledger.network = *accounts.network.address();
        accounts.ledger.account = *accounts.account.address();
        accounts.ledger.payer = *accounts.payer.address();
        accounts.ledger.opened = accounts.account.opened;
        accounts.ledger.fee_bps = accounts.network.fee_bps as u64;
        Ok(())
    }
}
