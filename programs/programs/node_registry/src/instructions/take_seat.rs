use crate::RegistryError;
use anchor_lang::prelude::*;
use registry_state::{Network, Node, Seat, Seats};

#[derive(Accounts)]
pub struct TakeSeat {
    #[account(address = node.owner @ RegistryError::NotOwner)]
    pub owner: Signer,
    #[account(address = node.network @ RegistryError::WrongNetwork)]
    pub network: BorshAccount<Network>,
    #[account(mut, constraint = !node.slashed @ RegistryError::Slashed)]
    pub node: BorshAccount<Node>,
    #[account(mut, constraint = seats.network == *network.address() @ RegistryError::WrongNetwork)]
    pub seats: Seats,
}

impl TakeSeat {
    pub fn run(ctx: &mut Context<Self>, index: u32) -> Result<()> {
        let accounts = &mut ctx.accounts;
        let (network, node, seats) = (&accounts.network, &mut accounts.node, &mut accounts.seats);
        require!(!network.is_over(weft_chain::now()?.slot), RegistryError::EpochOver);
        node.seats = node.seats.checked_add(1).ok_or(RegistryError::Overflow)?;
        let held = network.min_stake.checked_mul(node.seats as u64).ok_or(RegistryError::Overflow)?;
        require!(node.staked >= held, RegistryError::NotEnoughStake);
        let next = network.epoch + 1;
        let seat = Seat { peer: node.peer, owner: node.owner, from: next, until: next, held: 1 };
        let index = index as usize;
        if index == seats.len() {
            require!(seats.may_grow(index), RegistryError::TooManyVacant);
            require!(index < seats.capacity(), RegistryError::TableFull);
            seats.try_push(seat)?;
        } else {
            let entry = seats.get_mut(index).ok_or(RegistryError::NoSuchSeat)?;
            require!(entry.held == 0 && !entry.matters(network.epoch), RegistryError::SeatTaken);
            *entry = seat;
        }
        seats.held = seats.held.checked_add(1).ok_or(RegistryError::Overflow)?;
        Ok(())
    }
}
