//! Who takes part in a network, with what stake, in which epoch, and who keeps which account's log.
#![cfg_attr(not(test), no_std)]
#[cfg(target_arch = "bpf")]
use solana_compiler_builtins as _;

extern crate alloc;
use alloc::vec::Vec;
use anchor_lang::prelude::*;

// Upstream Rust has no std for BPF, so the program names its own panic handler.
#[cfg(target_arch = "bpf")]
pinocchio::nostd_panic_handler!();

pub mod error;
pub mod events;
pub mod instructions;

pub use error::RegistryError;
pub use events::*;
pub use instructions::*;
pub use registry_state::{check_id, id, ID};

#[program]
pub mod node_registry {
    use super::*;

    /// Creates a network: its token, its rules, its first epoch.
    pub fn init_network(ctx: &mut Context<InitNetwork>, id_hash: [u8; 32], rules: NetworkRules) -> Result<()> {
        InitNetwork::run(ctx, id_hash, rules)
    }

    /// Makes room for 115 more entries in the slot table.
    pub fn grow_seats(ctx: &mut Context<GrowSeats>) -> Result<()> {
        GrowSeats::run(ctx)
    }

    /// Puts a peer into the registry; the peer and the owner both sign.
    pub fn register(ctx: &mut Context<Register>, profile: [u8; 32]) -> Result<()> {
        Register::run(ctx, profile)
    }

    pub fn update_node(ctx: &mut Context<UpdateNode>, profile: [u8; 32]) -> Result<()> {
        UpdateNode::run(ctx, profile)
    }

    pub fn stake(ctx: &mut Context<AddStake>, amount: u64) -> Result<()> {
        AddStake::run(ctx, amount)
    }

    /// Begins to unbond stake that no seat needs; restarts the wait for what was unbonding already.
    pub fn unstake(ctx: &mut Context<Unstake>, amount: u64) -> Result<()> {
        Unstake::run(ctx, amount)
    }

    /// Pays unbonded stake back once the wait is over.
    pub fn withdraw_stake(ctx: &mut Context<WithdrawStake>) -> Result<()> {
        WithdrawStake::run(ctx)
    }

    /// Takes a peer without stake and seats out of the registry and returns its rent.
    pub fn deregister(ctx: &mut Context<Deregister>) -> Result<()> {
        Deregister::run(ctx)
    }

    /// Opts into witness duty: takes a vacant entry of the slot table, for the next epoch. Not once this one is over: its
    /// successor's beacon may be known.
    pub fn take_seat(ctx: &mut Context<TakeSeat>, seat: u32) -> Result<()> {
        TakeSeat::run(ctx, seat)
    }

    /// Keeps seats for one more epoch, before this one is over.
    pub fn renew_seats(ctx: &mut Context<RenewSeats>, seats: Vec<u32>) -> Result<()> {
        RenewSeats::run(ctx, &seats)
    }

    /// Gives a seat up at the end of the last epoch whose beacon may be known. Anybody may do so for a peer that was slashed
    /// or let the seat lapse for more than an epoch.
    pub fn release_seat(ctx: &mut Context<ReleaseSeat>, seat: u32) -> Result<()> {
        ReleaseSeat::run(ctx, seat)
    }

    /// The crank: begins the next epoch and fixes its beacon. Anyone may turn it and is repaid.
    pub fn advance_epoch(ctx: &mut Context<AdvanceEpoch>) -> Result<()> {
        AdvanceEpoch::run(ctx)
    }

    /// Proves the draw of an account's committee in the current epoch, once.
    pub fn pin_committee(ctx: &mut Context<PinCommittee>) -> Result<()> {
        PinCommittee::run(ctx)
    }

    /// Returns the rent of a committee that its account has left behind.
    pub fn close_committee(ctx: &mut Context<CloseCommittee>) -> Result<()> {
        CloseCommittee::run(ctx)
    }

    /// Takes the stake of a peer that signed two headers for one account, epoch and height.
    pub fn slash(ctx: &mut Context<Slash>) -> Result<()> {
        Slash::run(ctx)
    }

    /// Pays slashed stake to the treasury.
    pub fn sweep_slashed(ctx: &mut Context<SweepSlashed>) -> Result<()> {
        SweepSlashed::run(ctx)
    }
}
