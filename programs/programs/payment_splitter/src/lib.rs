//! What payees earned: lifetime total minus what was paid, proven against an account's settled state.
#![cfg_attr(not(test), no_std)]
#[cfg(target_arch = "bpf")]
use solana_compiler_builtins as _;

extern crate alloc;
use alloc::vec::Vec;
use anchor_lang::prelude::*;

// Upstream Rust has no std for BPF, so the program names its own panic handler.
#[cfg(target_arch = "bpf")]
pinocchio::nostd_panic_handler!();

pub mod cpi;
pub mod error;
pub mod events;
pub mod instructions;
pub mod pay;

pub use error::SplitterError;
pub use events::*;
pub use instructions::*;
pub use splitter_state::{check_id, id, ID};

#[program]
pub mod payment_splitter {
    use super::*;

    /// Opens a payee's balance on a network. Anyone may pay its rent.
    pub fn open_balance(ctx: &mut Context<OpenBalance>, payee: Address) -> Result<()> {
        OpenBalance::run(ctx, payee)
    }

    /// Opens the list of what payees were paid from an account, with room for `capacity` of them.
    pub fn open_ledger(ctx: &mut Context<OpenLedger>, capacity: u32) -> Result<()> {
        OpenLedger::run(ctx, capacity)
    }

    /// Makes room for `more` payees.
    pub fn grow_ledger(ctx: &mut Context<GrowLedger>, more: u32) -> Result<()> {
        GrowLedger::run(ctx, more)
    }

    /// Pays all payees of a small totals tree at once: their balances follow in the tree's order, with one total each.
    pub fn claim_inline(ctx: &mut Context<ClaimInline>, totals: Vec<u64>, rest: [u8; 32]) -> Result<()> {
        ClaimInline::run(ctx, &totals, &rest)
    }

    /// Pays one payee of a tree of any size by a Merkle proof.
    pub fn claim(ctx: &mut Context<Claim>, total: u64, proof: TotalProof) -> Result<()> {
        Claim::run(ctx, total, &proof)
    }

    /// Credits the fees that claims kept back to the treasury's balance.
    pub fn collect_fees(ctx: &mut Context<CollectFees>) -> Result<()> {
        CollectFees::run(ctx)
    }

    /// Pays tokens out of the vault to a payee.
    pub fn withdraw_balance(ctx: &mut Context<WithdrawBalance>, amount: u64) -> Result<()> {
        WithdrawBalance::run(ctx, amount)
    }

    /// Turns a payee's earnings into an account's credits; no token moves.
    pub fn fund_account(ctx: &mut Context<FundAccount>, amount: u64) -> Result<()> {
        FundAccount::run(ctx, amount)
    }

    /// Returns the rent of an empty balance.
    pub fn close_balance(ctx: &mut Context<CloseBalance>) -> Result<()> {
        CloseBalance::run(ctx)
    }

    /// Returns the rent of the ledger of a closed account.
    pub fn close_ledger(ctx: &mut Context<CloseLedger>) -> Result<()> {
        CloseLedger::run(ctx)
    }
}
