use crate::RegistryError;
use anchor_lang::prelude::*;
use registry_state::{Network, Seats};
use weft_chain::{is_vault, now};
use weft_core::amounts::BASIS_POINTS;

/// As many entries as an account can be created with by another program (10,240 bytes).
const FIRST_SEATS: u32 = 115;

/// Shorter epochs would be over most of the time, and seats are taken and renewed only before.
const EPOCH_SLOTS_MIN: u64 = 10;

/// The rules of a network, fixed at its creation.
#[derive(AnchorSerialize, AnchorDeserialize, IdlType, Clone, Copy)]
pub struct NetworkRules {
    /// Receives fees and slashed stake; any wallet.
    pub treasury: Address,
    pub min_stake: u64,
    pub epoch_slots: u64,
    pub withdraw_slots: u64,
    pub withdraw_seconds: u64,
    pub unbonding_slots: u64,
    pub unbonding_seconds: u64,
    pub force_slots: u64,
    pub registration_lamports: u64,
    pub crank_lamports: u64,
    pub fee_bps: u16,
}

#[derive(Accounts)]
#[instruction(id_hash: [u8; 32])]
pub struct InitNetwork {
    #[account(mut)]
    pub payer: Signer,
    #[account(init, payer = payer, seeds = [b"network", id_hash.as_ref()], bump)]
    pub network: BorshAccount<Network>,
    #[account(init, payer = payer, space = Seats::space_for(FIRST_SEATS), seeds = [b"seats", network.address().as_ref()], bump)]
    pub seats: Seats,
    pub mint: UncheckedAccount,
    #[account(constraint = is_vault(stake_vault.account(), mint.address(), network.address()) @ RegistryError::NotAVault)]
    pub stake_vault: UncheckedAccount,
    pub system_program: Program<System>,
}

impl InitNetwork {
    pub fn run(ctx: &mut Context<Self>, id_hash: [u8; 32], rules: NetworkRules) -> Result<()> {
        require!(rules.min_stake > 0 && rules.epoch_slots >= EPOCH_SLOTS_MIN, RegistryError::BadRules);
        require!(rules.fee_bps as u64 <= BASIS_POINTS, RegistryError::BadRules);
        // Stake stays within reach until the last headers that it answers for can be settled no more.
        let settled_slots = rules.withdraw_slots.checked_add(rules.force_slots).ok_or(RegistryError::Overflow)?;
        require!(rules.unbonding_slots > settled_slots, RegistryError::UnbondingTooShort);
        require!(rules.unbonding_seconds > rules.withdraw_seconds, RegistryError::UnbondingTooShort);
        let bump = ctx.bumps.network;
        let accounts = &mut ctx.accounts;
        accounts.seats.network = *accounts.network.address();
        let network = &mut accounts.network;
        network.id_hash = id_hash;
        network.domain = weft_core::network_domain(&id_hash, crate::ID.as_array());
        network.mint = *accounts.mint.address();
        network.stake_vault = *accounts.stake_vault.address();
        network.treasury = rules.treasury;
        network.min_stake = rules.min_stake;
        network.epoch_slots = rules.epoch_slots;
        network.withdraw_slots = rules.withdraw_slots;
        network.withdraw_seconds = rules.withdraw_seconds;
        network.unbonding_slots = rules.unbonding_slots;
        network.unbonding_seconds = rules.unbonding_seconds;
        network.force_slots = rules.force_slots;
        network.registration_lamports = rules.registration_lamports;
        network.crank_lamports = rules.crank_lamports;
        network.fee_bps = rules.fee_bps;
        network.epoch_start = now()?.slot;
        network.bump = bump;
        Ok(())
    }
}
