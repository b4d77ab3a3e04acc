use crate::RegistryError;
use anchor_lang::prelude::*;
use registry_state::{Network, Node, Seats};

#[derive(Accounts)]
pub struct ReleaseSeat {
    pub signer: Signer,
    #[account(address = node.network @ RegistryError::WrongNetwork)]
    pub network: BorshAccount<Network>,
    #[account(mut)]
    pub node: BorshAccount<Node>,
    #[account(mut, constraint = seats.network == *network.address() @ RegistryError::WrongNetwork)]
    pub seats: Seats,
}

impl ReleaseSeat {
    pub fn run(ctx: &mut Context<Self>, index: u32) -> Result<()> {
        let accounts = &mut ctx.accounts;
        let (epoch, node) = (accounts.network.epoch, &mut accounts.node);
        let unknown_epoch = accounts.network.unknown_epoch(weft_chain::now()?.slot);
        let entry = accounts.seats.get_mut(index as usize).ok_or(RegistryError::NoSuchSeat)?;
        require!(entry.peer == node.peer && entry.held == 1, RegistryError::NotTheSeatsHolder);
        let abandoned = entry.until + 1 < epoch;
        let allowed = *accounts.signer.address() == node.owner || node.slashed || abandoned;
        require!(allowed, RegistryError::NotOwner);
        // It serves on where the beacon may be known: those draws must not change.
        entry.until = entry.until.min(unknown_epoch - 1);
        entry.held = 0;
        if entry.matters(epoch) {
            node.serves_until = node.serves_until.max(entry.until);
        }
        node.seats = node.seats.checked_sub(1).ok_or(RegistryError::Overflow)?;
        accounts.seats.held = accounts.seats.held.checked_sub(1).ok_or(RegistryError::Overflow)?;
        Ok(())
    }
}
