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
        let entry = accounts.seats.get_mut(index as usize).ok_or(RegistryError::NoSuchSeat)?;
        require!(entry.peer == node.peer && entry.held == 1, RegistryError::NotTheSeatsHolder);
        let abandoned = entry.until + 1 < epoch;
        let allowed = *accounts.signer.address() == node.owner || node.slashed || abandoned;
        require!(allowed, RegistryError::NotOwner);
        // It serves to the end of the epoch: the draw of this epoch must not change.
        entry.until = entry.until.min(epoch);
        entry.held = 0;
        node.seats = node.seats.checked_sub(1).ok_or(RegistryError::Overflow)?;
        Ok(())
    }
}
