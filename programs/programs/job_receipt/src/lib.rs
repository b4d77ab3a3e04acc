//! A wallet's credits: deposits in, settled spending by certificate, the rest back out after a delay.
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

pub use error::ReceiptError;
pub use events::*;
pub use instructions::*;
pub use receipt_state::{check_id, id, ID};

#[program]
pub mod job_receipt {
    use super::*;

    /// Names the token account that holds a network's deposits.
    pub fn init_vault(ctx: &mut Context<InitVault>) -> Result<()> {
        InitVault::run(ctx)
    }

    /// Opens the signer's account on a network. Its log begins with the next epoch.
    pub fn open_account(ctx: &mut Context<OpenAccount>) -> Result<()> {
        OpenAccount::run(ctx)
    }

    /// Pays tokens into an account; anyone may pay for anyone.
    pub fn deposit(ctx: &mut Context<Deposit>, amount: u64) -> Result<()> {
        Deposit::run(ctx, amount)
    }

    /// Raises what the witnesses may spend in the account's life.
    pub fn authorise(ctx: &mut Context<Authorise>, limit: u64) -> Result<()> {
        Authorise::run(ctx, limit)
    }

    /// The same by the owner's signature over 80 bytes, checked by the precompile instruction before this one; anyone submits it.
    pub fn authorise_signed(ctx: &mut Context<AuthoriseSigned>) -> Result<()> {
        AuthoriseSigned::run(ctx)
    }

    /// Takes the header that the precompile instruction before this one certifies: q witnesses of the pinned committee.
    pub fn settle(ctx: &mut Context<Settle>) -> Result<()> {
        Settle::run(ctx)
    }

    /// Announces a withdrawal; witnesses stop counting on that amount, and have the delay to settle what was earned.
    pub fn request_withdrawal(ctx: &mut Context<RequestWithdrawal>, amount: u64) -> Result<()> {
        RequestWithdrawal::run(ctx, amount)
    }

    /// Pays out what was requested, or what settlement left of it.
    pub fn withdraw(ctx: &mut Context<Withdraw>) -> Result<()> {
        Withdraw::run(ctx)
    }

    /// Like `withdraw`, but the credits go to another account of the network; no token moves.
    pub fn transfer(ctx: &mut Context<Transfer>) -> Result<()> {
        Transfer::run(ctx)
    }

    /// Announces that an account's epoch is over and was not sealed. A settlement takes the announcement back.
    pub fn request_force_epoch(ctx: &mut Context<RequestForceEpoch>) -> Result<()> {
        RequestForceEpoch::run(ctx)
    }

    /// Closes the account's epoch at the settled height.
    pub fn force_epoch(ctx: &mut Context<ForceEpoch>) -> Result<()> {
        ForceEpoch::run(ctx)
    }

    /// Opens a one-job account: the job's own escrow, with its own log.
    pub fn create_job(
        ctx: &mut Context<CreateJob>,
        key: [u8; 32],
        job: [u8; 32],
        amount: u64,
        deadline: u64,
    ) -> Result<()> {
        CreateJob::run(ctx, key, job, amount, deadline)
    }

    /// Asks for everything that is not spent: the owner at any time, after the deadline anybody.
    pub fn cancel_job(ctx: &mut Context<CancelJob>) -> Result<()> {
        CancelJob::run(ctx)
    }

    /// Pays what was asked for back to the owner once the withdrawal delay is over; anybody sends it.
    pub fn refund_job(ctx: &mut Context<RefundJob>) -> Result<()> {
        RefundJob::run(ctx)
    }

    /// Proves a job's record in the settled state and announces it.
    pub fn complete_job(ctx: &mut Context<CompleteJob>, record: Vec<u8>, proof: JobProof) -> Result<()> {
        CompleteJob::run(ctx, &record, &proof)
    }

    /// Closes an account whose credits are all withdrawn or claimed, and returns its rent.
    pub fn close_account(ctx: &mut Context<CloseAccount>) -> Result<()> {
        CloseAccount::run(ctx)
    }

    /// `payment_splitter` only: pays a payee's withdrawal out of the vault.
    pub fn pay_out(ctx: &mut Context<PayOut>, amount: u64) -> Result<()> {
        PayOut::run(ctx, amount)
    }

    /// `payment_splitter` only: turns a payee's earnings into an account's credits; no token moves.
    pub fn credit(ctx: &mut Context<Credit>, amount: u64) -> Result<()> {
        Credit::run(ctx, amount)
    }
}
