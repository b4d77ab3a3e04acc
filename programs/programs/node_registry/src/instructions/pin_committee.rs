use crate::RegistryError;
use anchor_lang::prelude::*;
use receipt_state::CreditAccount;
use registry_state::{Committee, Network, Seats};
use weft_core::draw;

#[derive(Accounts)]
pub struct PinCommittee {
    #[account(mut)]
    pub payer: Signer,
    pub network: BorshAccount<Network>,
    #[account(constraint = seats.network == *network.address() @ RegistryError::WrongNetwork)]
    pub seats: Seats,
    #[account(
        constraint = account.network == *network.address() @ RegistryError::WrongAccount,
        constraint = account.epoch == network.epoch @ RegistryError::WrongEpoch,
    )]
    pub account: BorshAccount<CreditAccount>,
    #[account(
        init,
        payer = payer,
        seeds = [b"committee", network.address().as_ref(), account.key.as_ref(), network.epoch.to_le_bytes()],
        bump
    )]
    pub committee: BorshAccount<Committee>,
    pub system_program: Program<System>,
}

impl PinCommittee {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let bump = ctx.bumps.committee;
        let accounts = &mut ctx.accounts;
        let (network, account) = (&accounts.network, &accounts.account);
        let table = accounts.seats.as_slice();
        let seat = |index: usize| {
            let entry = table.get(index).filter(|entry| entry.serves(network.epoch))?;
            Some(draw::Seat { peer: entry.peer.as_array(), owner: entry.owner.as_array() })
        };
        let drawn = draw::draw(
            &network.beacon,
            account.key.as_array(),
            account.owner.as_array(),
            network.epoch_seats as usize,
            seat,
        )
        .ok_or(RegistryError::NoMembers)?;

        let committee = &mut accounts.committee;
        committee.network = account.network;
        committee.account = account.key;
        committee.epoch = network.epoch;
        committee.payer = *accounts.payer.address();
        committee.witnesses = drawn.witnesses.map(Address::new_from_array);
        committee.n = drawn.n as u8;
        committee.q = drawn.q as u8;
        committee.bump = bump;
        Ok(())
    }
}
