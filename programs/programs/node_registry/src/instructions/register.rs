use crate::{NodeRegistered, RegistryError};
use anchor_lang::prelude::*;
use registry_state::{Network, Node};

#[derive(Accounts)]
pub struct Register {
    #[account(mut)]
    pub owner: Signer,
    /// Signs, so that nobody registers a key that is not theirs.
    #[account(constraint = peer.address() != owner.address() @ RegistryError::PeerIsOwner)]
    pub peer: Signer,
    #[account(mut)]
    pub network: BorshAccount<Network>,
    #[account(init, payer = owner, seeds = [b"node", network.address().as_ref(), peer.address().as_ref()], bump)]
    pub node: BorshAccount<Node>,
    pub system_program: Program<System>,
}

impl Register {
    pub fn run(ctx: &mut Context<Self>, profile: [u8; 32]) -> Result<()> {
        let bump = ctx.bumps.node;
        let accounts = &mut ctx.accounts;
        let (network, peer, owner) = (*accounts.network.address(), *accounts.peer.address(), *accounts.owner.address());
        let epoch = accounts.network.epoch;
        let node = &mut accounts.node;
        node.network = network;
        node.peer = peer;
        node.owner = owner;
        node.profile = profile;
        node.registered_epoch = epoch;
        node.bump = bump;
        let lamports = accounts.network.registration_lamports;
        if lamports > 0 {
            anchor_lang::system_program::transfer(
                CpiContext::new(
                    &anchor_lang::system_program::ID,
                    anchor_lang::system_program::Transfer {
                        from: accounts.owner.to_cpi_handle_mut(),
                        to: accounts.network.to_cpi_handle_mut(),
                    },
                ),
                lamports,
            )?;
            accounts.network.reacquire_borrow_mut()?;
        }
        emit!(NodeRegistered { network, peer, owner, epoch });
        Ok(())
    }
}
