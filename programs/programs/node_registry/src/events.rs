use anchor_lang::prelude::*;

#[event]
pub struct NodeRegistered {
    pub network: Address,
    pub peer: Address,
    pub owner: Address,
    pub epoch: u64,
}

#[event]
pub struct EpochAdvanced {
    pub network: Address,
    pub epoch: u64,
    pub seats: u32,
    pub beacon: [u8; 32],
}

#[event]
pub struct NodeSlashed {
    pub network: Address,
    pub peer: Address,
    pub account: Address,
    pub height: u64,
    pub amount: u64,
}
