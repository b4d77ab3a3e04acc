//! What this program asks of `job_receipt`, signed by the network's cashier.
use anchor_lang::prelude::*;
use pinocchio::cpi::{invoke_signed, Seed, Signer as CpiSigner};
use pinocchio::instruction::{InstructionAccount, InstructionView};
use splitter_state::CASHIER_SEED;

/// Calls `job_receipt`'s instruction `name` with one amount; `accounts[0]` is the cashier, the writable ones are writable.
pub fn call<const N: usize>(
    name: &str,
    amount: u64,
    accounts: [(&AccountView, bool); N],
    network: &Address,
    bump: u8,
) -> Result<()> {
    let mut data = [0u8; 16];
    data[..8].copy_from_slice(&weft_core::sha256(&[b"global:", name.as_bytes()])[..8]);
    data[8..].copy_from_slice(&amount.to_le_bytes());
    let cashier = accounts[0].0.address();
    let metas =
        accounts.map(|(view, writable)| InstructionAccount::new(view.address(), writable, view.address() == cashier));
    let views = accounts.map(|(view, _)| view);
    let bump = [bump];
    let seeds = [Seed::from(CASHIER_SEED), Seed::from(network.as_ref()), Seed::from(bump.as_slice())];
    let instruction = InstructionView { program_id: &receipt_state::ID, accounts: &metas, data: &data };
    invoke_signed(&instruction, &views, &[CpiSigner::from(&seeds)])
}
