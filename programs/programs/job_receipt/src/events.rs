use alloc::vec::Vec;
use anchor_lang::prelude::*;

#[event]
pub struct AccountOpened {
    pub network: Address,
    pub account: Address,
    pub owner: Address,
}

#[event]
pub struct Deposited {
    pub account: Address,
    pub amount: u64,
}

#[event]
pub struct Settled {
    pub account: Address,
    pub epoch: u64,
    pub height: u64,
    pub spent: u64,
    pub sealed: bool,
}

#[event]
pub struct Withdrawn {
    pub account: Address,
    pub amount: u64,
}

#[event]
pub struct EpochForced {
    pub account: Address,
    pub epoch: u64,
    pub height: u64,
}

#[event]
pub struct JobCreated {
    pub network: Address,
    pub account: Address,
    pub owner: Address,
    pub job: [u8; 32],
    pub amount: u64,
    pub deadline: u64,
}

#[event]
pub struct JobCompleted {
    pub account: Address,
    pub height: u64,
    /// The canonical job record that was proven.
    pub record: Vec<u8>,
}
