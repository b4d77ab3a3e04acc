//! Accounts of `job_receipt`, readable by every program.
#![no_std]
use anchor_lang::prelude::*;

declare_id!("ofLJd4bNobQaStkqfFpJwd1nxqYUVtGdFBV3q5gKjmm");

/// Where a network's deposits are. Address: `["vault", network]`, which is also the token account's authority.
#[account(borsh)]
#[derive(InitSpace)]
pub struct Vault {
    pub network: Address,
    pub mint: Address,
    pub tokens: Address,
    pub bump: u8,
}

/// A wallet's credits, or a single job's. Address: `["account", network, key]`.
/// `spent <= min(deposited - withdrawn, authorised)` always holds.
#[account(borsh)]
#[derive(InitSpace)]
pub struct CreditAccount {
    pub network: Address,
    /// What headers carry: the wallet, or for a one-job account the hash of wallet and job.
    pub key: Address,
    pub owner: Address,
    /// The job that this account is the escrow of, or zeros.
    pub job: [u8; 32],
    /// Unix seconds after which anybody may refund the escrow; 0 for a wallet's account.
    pub deadline: u64,
    /// Network epoch in which it was opened: tells apart two lives of one address.
    pub opened: u64,
    /// Lifetime micro-credits in.
    pub deposited: u64,
    /// Lifetime micro-credits out to the owner.
    pub withdrawn: u64,
    /// Lifetime micro-credits that the owner lets the witnesses spend.
    pub authorised: u64,
    /// Requested withdrawal, and since when.
    pub pending: u64,
    pub pending_since_slot: u64,
    pub pending_since_time: u64,
    /// Epoch whose committee keeps the log.
    pub epoch: u64,
    /// Chain slot of a request to force the epoch; 0 for none.
    pub force_since_slot: u64,
    /// The last settled header's fields.
    pub height: u64,
    pub time_ms: u64,
    pub spent: u64,
    pub last_seq: u64,
    pub state_root: [u8; 32],
    pub bump: u8,
}

impl CreditAccount {
    /// Micro-credits neither withdrawn nor spent.
    pub fn free(&self) -> Option<u64> {
        self.deposited.checked_sub(self.withdrawn)?.checked_sub(self.spent)
    }

    /// The epoch that follows a seal or a force while the network is in `network_epoch` and the first epoch whose beacon
    /// nobody can know is `unknown_epoch`. Late, it is the latter, so that the moment of asking chooses nothing.
    pub fn epoch_after(&self, network_epoch: u64, unknown_epoch: u64) -> u64 {
        let next = self.epoch + 1;
        if network_epoch <= next {
            next
        } else {
            unknown_epoch
        }
    }
}
