use crate::{EpochAdvanced, RegistryError};
use anchor_lang::prelude::*;
use pinocchio::sysvars::slot_hashes::SLOTHASHES_ID;
use registry_state::{Network, Seats};
use weft_core::sha256;

#[derive(Accounts)]
pub struct AdvanceEpoch {
    #[account(mut)]
    pub cranker: Signer,
    #[account(mut)]
    pub network: BorshAccount<Network>,
    #[account(constraint = seats.network == *network.address() @ RegistryError::WrongNetwork)]
    pub seats: Seats,
    #[account(address = SLOTHASHES_ID @ RegistryError::BeaconMissed)]
    pub slot_hashes: UncheckedAccount,
}

impl AdvanceEpoch {
    /// The beacon is the hash of the first chain slot at or after a point of a fixed grid, so that the moment of turning the
    /// crank chooses nothing.
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let accounts = &mut ctx.accounts;
        let network = &mut accounts.network;
        let slot = weft_chain::now()?.slot;
        let epochs = slot.saturating_sub(1).saturating_sub(network.epoch_start) / network.epoch_slots;
        require!(epochs > 0, RegistryError::EpochNotOver);
        let start = network.epoch_start + epochs * network.epoch_slots;
        let hash = hash_at_or_after(&accounts.slot_hashes.account().try_borrow()?, start);
        let hash = hash.ok_or(RegistryError::BeaconMissed)?;

        network.epoch = network.epoch.checked_add(1).ok_or(RegistryError::Overflow)?;
        network.epoch_start = start;
        network.epoch_seats = accounts.seats.len() as u32;
        network.beacon = sha256(&[b"weft/beacon/1", &network.domain, &network.epoch.to_le_bytes(), &hash]);
        let (epoch, seats, beacon) = (network.epoch, network.epoch_seats, network.beacon);
        emit!(EpochAdvanced { network: *accounts.network.address(), epoch, seats, beacon });
        repay(accounts)
    }
}

/// Entries of the sysvar are `slot u64 ‖ hash`, newest first, behind a u64 count.
fn hash_at_or_after(data: &[u8], start: u64) -> Option<[u8; 32]> {
    let (count, entries) = data.split_first_chunk::<8>()?;
    let count = u64::from_le_bytes(*count) as usize;
    let entry = |i: usize| entries.get(40 * i..40 * i + 40);
    let slot = |i: usize| Some(u64::from_le_bytes(entry(i)?[..8].try_into().ok()?));
    // First index whose slot is before `start`; the wanted entry is the one in front of it.
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = (low + high) / 2;
        if slot(middle)? >= start {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    // With nothing older in sight, the first slot of the grid point may have scrolled away.
    if low == 0 || (low == count && slot(count - 1)? > start) {
        return None;
    }
    entry(low - 1)?[8..].try_into().ok()
}

/// Pays the crank from what registrations left above the rent.
fn repay(accounts: &mut AdvanceEpoch) -> Result<()> {
    let mut network = *accounts.network.account();
    let mut cranker = *accounts.cranker.account();
    let rent = Rent::get()?.try_minimum_balance(network.data_len())?;
    let pot = network.lamports().saturating_sub(rent);
    let lamports = pot.min(accounts.network.crank_lamports);
    network.set_lamports(network.lamports() - lamports);
    cranker.set_lamports(cranker.lamports().checked_add(lamports).ok_or(RegistryError::Overflow)?);
    Ok(())
}
