//! Accounts of `node_registry`. They live in a crate of their own so that the other programs read them by the same
//! definition, with the owner check that its id implies.
#![no_std]
use anchor_lang::prelude::*;

declare_id!("J7XZcMN68Uwj2eFs3f2LAawvshurwGeQgk4TmMtAkiTD");

/// A network: its token, its rules, its epoch. Fixed at creation except for the epoch and the pools. Nobody administers it.
/// Address: `["network", id_hash]`.
#[account(borsh)]
#[derive(InitSpace)]
pub struct Network {
    /// SHA-256 of the network's id.
    pub id_hash: [u8; 32],
    /// What every signature of this network carries.
    pub domain: [u8; 32],
    pub mint: Address,
    /// Token account that holds all stake; its authority is this network's address.
    pub stake_vault: Address,
    /// Wallet that the network's fee and slashed stake go to.
    pub treasury: Address,
    /// Stake per slot, base units of the mint.
    pub min_stake: u64,
    /// Length of an epoch, in chain slots.
    pub epoch_slots: u64,
    pub withdraw_slots: u64,
    pub withdraw_seconds: u64,
    pub unbonding_slots: u64,
    pub unbonding_seconds: u64,
    /// Chain slots between the request to force an epoch and its effect.
    pub force_slots: u64,
    /// Lamports that a registration adds to the pot that repays the crank.
    pub registration_lamports: u64,
    /// Lamports that the pot pays for one turn of the crank.
    pub crank_lamports: u64,
    /// The network's fee on what payees earn, basis points.
    pub fee_bps: u16,
    pub epoch: u64,
    /// Chain slot at which the epoch began, on the grid of `epoch_slots`.
    pub epoch_start: u64,
    /// Entries of the slot table that take part in this epoch.
    pub epoch_seats: u32,
    pub beacon: [u8; 32],
    /// Stake taken from equivocators and not yet swept to the treasury.
    pub slashed: u64,
    pub bump: u8,
}

impl Network {
    /// True if the next epoch is due in chain slot `slot`: from then on its beacon may be known, although nobody has turned
    /// the crank yet. Nothing that the next draw reads may change any more.
    pub fn is_over(&self, slot: u64) -> bool {
        slot >= self.epoch_start.saturating_add(self.epoch_slots)
    }

    /// The first epoch whose beacon nobody can know in chain slot `slot`.
    pub fn unknown_epoch(&self, slot: u64) -> u64 {
        self.epoch + if self.is_over(slot) { 2 } else { 1 }
    }
}

/// A peer in the registry. Address: `["node", network, peer]`.
#[account(borsh)]
#[derive(InitSpace)]
pub struct Node {
    pub network: Address,
    pub peer: Address,
    /// Wallet that staked, and that is never witnessed by this peer.
    pub owner: Address,
    /// SHA-256 of the peer's signed profile, or anything else that the owner wants found.
    pub profile: [u8; 32],
    pub staked: u64,
    pub unbonding: u64,
    pub unbonding_since_slot: u64,
    pub unbonding_since_time: u64,
    pub registered_epoch: u64,
    /// Entries of the slot table that it holds.
    pub seats: u32,
    /// Last epoch in which a seat that it released still serves; 0 for none. Until it is over, no stake leaves.
    pub serves_until: u64,
    /// Convicted of equivocation: its stake is gone and it serves no more.
    pub slashed: bool,
    pub bump: u8,
}

/// Head of the dense array that committees are drawn from. Address: `["seats", network]`.
#[account]
pub struct SeatTable {
    pub network: Address,
    /// Entries that a node holds.
    pub held: u64,
}

impl SeatTable {
    /// True if a table with `len` entries may get longer: at least about half of it is held, so that nobody fills it with
    /// vacant entries, which every draw would have to skip.
    pub fn may_grow(&self, len: usize) -> bool {
        len < SEATS_MAX && len as u64 <= 2 * self.held + VACANT_FREE
    }
}

/// Entries that may be vacant however few are held.
const VACANT_FREE: u64 = 115;
/// Longest table: the draw over it fits into one transaction's compute units even if nearly everything is vacant.
pub const SEATS_MAX: usize = 8_192;

/// The slot table: its head, then its entries.
pub type Seats = anchor_lang::accounts::Slab<SeatTable, Seat>;

/// One entry of the slot table. It takes part in the epochs from `from` up to and including `until`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Seat {
    pub peer: Address,
    pub owner: Address,
    pub from: u64,
    pub until: u64,
    /// 1 while the node counts it among its seats, 0 once it was released.
    pub held: u64,
}

// Safe: two 32-byte arrays and three u64, no padding, every bit pattern valid.
unsafe impl bytemuck::Zeroable for Seat {}
unsafe impl bytemuck::Pod for Seat {}

impl Seat {
    pub fn serves(&self, epoch: u64) -> bool {
        self.from <= epoch && epoch <= self.until
    }

    /// True if it serves in `epoch` or a later one.
    pub fn matters(&self, epoch: u64) -> bool {
        self.from <= self.until && epoch <= self.until
    }
}

/// The witnesses of one account in one epoch, proven to be the draw. Address: `["committee", network, account, epoch]`.
#[account(borsh)]
#[derive(InitSpace)]
pub struct Committee {
    pub network: Address,
    /// The key that headers carry.
    pub account: Address,
    pub epoch: u64,
    /// Who paid its rent, and gets it back.
    pub payer: Address,
    pub witnesses: [Address; 7],
    pub n: u8,
    /// Signatures that make a certificate.
    pub q: u8,
    pub bump: u8,
}
