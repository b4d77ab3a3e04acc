//! Accounts of `payment_splitter`, readable by every program.
#![no_std]
use anchor_lang::prelude::*;

declare_id!("DHGkpw1QG6uZususnMaKtqh6jx7u5EgVZUaVnQFyk6hn");

/// First seed of the address (`["cashier", network]`) that signs for this program when it asks `job_receipt` to move credits.
pub const CASHIER_SEED: &[u8] = b"cashier";

/// What a payee has earned on a network, all accounts together. Address: `["balance", network, payee]`.
#[account(borsh)]
#[derive(InitSpace)]
pub struct Balance {
    pub network: Address,
    pub payee: Address,
    /// Who paid the rent, and gets it back.
    pub payer: Address,
    /// Lifetime micro-credits in.
    pub credited: u64,
    /// Lifetime micro-credits out.
    pub withdrawn: u64,
    pub bump: u8,
}

/// Head of the list of what each payee was paid from one account. Address: `["ledger", account, opened]`.
#[account]
pub struct Ledger {
    pub network: Address,
    /// Address of the credit account.
    pub account: Address,
    /// Who paid the rent, and gets it back.
    pub payer: Address,
    pub opened: u64,
    /// Sum of all `paid`; never more than the account's settled spending.
    pub claimed: u64,
    /// Lifetime fees kept back from payees.
    pub fees: u64,
    /// Fees already credited to the treasury.
    pub fees_collected: u64,
    pub fee_bps: u64,
}

impl Ledger {
    /// Fees not credited to the treasury yet.
    pub fn fees_due(&self) -> u64 {
        self.fees - self.fees_collected
    }
}

/// The list: its head, then its entries.
pub type PaidList = anchor_lang::accounts::Slab<Ledger, Paid>;

/// One payee's lifetime total that was paid.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Paid {
    pub payee: Address,
    pub paid: u64,
}

// Safe: a 32-byte array and a u64, no padding, every bit pattern valid.
unsafe impl bytemuck::Zeroable for Paid {}
unsafe impl bytemuck::Pod for Paid {}
