use crate::{pay::pay_up_to, SplitterError};
use alloc::vec::Vec;
use anchor_lang::prelude::*;
use receipt_state::CreditAccount;
use splitter_state::{Balance, PaidList};
use weft_core::{merkle, totals};

/// The way from a payee's total to the state root; `rest` is node(jobs root, meta leaf).
#[derive(AnchorSerialize, AnchorDeserialize, IdlType)]
pub struct TotalProof {
    pub index: u32,
    pub size: u32,
    pub path: Vec<[u8; 32]>,
    pub rest: [u8; 32],
}

/// Permissionless: the payee's balance is where the credits go, whoever asks.
#[derive(Accounts)]
pub struct Claim {
    pub account: BorshAccount<CreditAccount>,
    #[account(
        mut,
        constraint = ledger.account == *account.address() @ SplitterError::WrongLedger,
        constraint = ledger.opened == account.opened @ SplitterError::WrongLedger,
    )]
    pub ledger: PaidList,
    #[account(mut)]
    pub balance: BorshAccount<Balance>,
}

impl Claim {
    pub fn run(ctx: &mut Context<Self>, total: u64, proof: &TotalProof) -> Result<()> {
        let accounts = &mut ctx.accounts;
        let leaf = totals::leaf(accounts.balance.payee.as_array(), total);
        let totals_root =
            merkle::root_from_proof(leaf, proof.index, proof.size, &proof.path).ok_or(SplitterError::NotInState)?;
        let state_root = totals::state_root(&totals_root, &proof.rest);
        require!(state_root == accounts.account.state_root, SplitterError::NotInState);
        let step = pay_up_to(&mut accounts.ledger, &accounts.account, &mut accounts.balance, total)?;
        require!(step > 0, SplitterError::NothingToClaim);
        Ok(())
    }
}
