use crate::RegistryError;
use anchor_lang::prelude::*;
use registry_state::Seats;

const MORE_SEATS: usize = 115;

#[derive(Accounts)]
pub struct GrowSeats {
    #[account(mut)]
    pub payer: Signer,
    #[account(mut, seeds = [b"seats", seats.network.as_ref()], bump)]
    pub seats: Seats,
    pub system_program: Program<System>,
}

impl GrowSeats {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let seats = &mut ctx.accounts.seats;
        require!(seats.len() == seats.capacity(), RegistryError::TableNotFull);
        let capacity = (seats.capacity() + MORE_SEATS) as u32;
        seats.resize_to_capacity(capacity)?;
        seats.top_up(ctx.accounts.payer.account())
    }
}
