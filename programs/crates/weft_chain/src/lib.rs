//! What the programs ask of the chain: time, token transfers, the instruction of the Ed25519 precompile.
#![no_std]
use anchor_lang::prelude::*;
use pinocchio::cpi::{Seed, Signer as CpiSigner};
use pinocchio::sysvars::instructions::IntrospectedInstruction;
use pinocchio_token::{instructions::Transfer, state::Account as TokenAccount};

pub const ED25519_PROGRAM_ID: Address = Address::from_str_const("Ed25519SigVerify111111111111111111111111111");

/// Chain slot and Unix seconds.
#[derive(Clone, Copy)]
pub struct Now {
    pub slot: u64,
    pub seconds: u64,
}

pub fn now() -> Result<Now> {
    let clock = Clock::get()?;
    Ok(Now { slot: clock.slot, seconds: clock.unix_timestamp.max(0) as u64 })
}

impl Now {
    /// True if both delays have passed since (`slot`, `seconds`): a chain that stalls or races cannot shorten the wait.
    pub fn passed(&self, since: Now, delay_slots: u64, delay_seconds: u64) -> bool {
        let after = |now: u64, then: u64, delay: u64| then.checked_add(delay).is_some_and(|due| now >= due);
        after(self.slot, since.slot, delay_slots) && after(self.seconds, since.seconds, delay_seconds)
    }
}

/// True if `view` is a token account of `mint` that only `authority` can move tokens out of.
pub fn is_vault(view: &AccountView, mint: &Address, authority: &Address) -> bool {
    TokenAccount::from_account_view(view).is_ok_and(|token| {
        token.mint() == mint
            && token.owner() == authority
            && token.is_initialized()
            && !token.has_delegate()
            && !token.has_close_authority()
    })
}

/// True if `view` is a token account of `mint` whose tokens belong to `owner`.
pub fn belongs_to(view: &AccountView, mint: &Address, owner: &Address) -> bool {
    TokenAccount::from_account_view(view).is_ok_and(|token| token.mint() == mint && token.owner() == owner)
}

/// Moves tokens on the authority of a wallet that signed the transaction.
pub fn transfer(from: &AccountView, to: &AccountView, authority: &AccountView, amount: u64) -> Result<()> {
    Transfer::new(from, to, authority, amount).invoke()
}

/// Moves tokens on the authority of the program's own address with these `seeds` (bump included).
pub fn transfer_signed(
    from: &AccountView,
    to: &AccountView,
    authority: &AccountView,
    amount: u64,
    seeds: [&[u8]; 3],
) -> Result<()> {
    let seeds = seeds.map(Seed::from);
    Transfer::new(from, to, authority, amount).invoke_signed(&[CpiSigner::from(&seeds)])
}

/// The instruction right before the current one, if it is the Ed25519 precompile's.
pub fn precompile_before(instructions: &SysvarInstructions) -> Option<IntrospectedInstruction<'_>> {
    let before = instructions.get_instruction_relative(-1).ok()?;
    address_is(before.get_program_id(), &ED25519_PROGRAM_ID).then_some(before)
}

fn address_is(a: &Address, b: &Address) -> bool {
    anchor_lang::address_eq(a, b)
}
