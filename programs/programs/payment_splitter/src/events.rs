use anchor_lang::prelude::*;

/// `amount + fee` is what the payee's lifetime total rose by.
#[event]
pub struct PaymentDistributed {
    pub account: Address,
    pub payee: Address,
    pub amount: u64,
    pub fee: u64,
    pub total: u64,
}

#[event]
pub struct BalanceWithdrawn {
    pub network: Address,
    pub payee: Address,
    pub amount: u64,
}
