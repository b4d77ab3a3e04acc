use crate::RegistryError;
use anchor_lang::prelude::*;
use registry_state::{Network, Node, Seats};

#[derive(Accounts)]
pub struct RenewSeats {
    /// The owner or the peer itself: a daemon renews without the wallet.
    #[account(constraint = *signer.address() == node.owner || *signer.address() == node.peer @ RegistryError::NotOwner)]
    pub signer: Signer,
    #[account(address = node.network @ RegistryError::WrongNetwork)]
    pub network: BorshAccount<Network>,
    #[account(constraint = !node.slashed @ RegistryError::Slashed)]
    pub node: BorshAccount<Node>,
    #[account(mut, constraint = seats.network == *network.address() @ RegistryError::WrongNetwork)]
    pub seats: Seats,
}

impl RenewSeats {
    pub fn run(ctx: &mut Context<Self>, indices: &[u32]) -> Result<()> {
        let (epoch, peer) = (ctx.accounts.network.epoch, ctx.accounts.node.peer);
        require!(!ctx.accounts.network.is_over(weft_chain::now()?.slot), RegistryError::EpochOver);
        for index in indices {
            let entry = ctx.accounts.seats.get_mut(*index as usize).ok_or(RegistryError::NoSuchSeat)?;
            require!(entry.peer == peer && entry.held == 1, RegistryError::NotTheSeatsHolder);
            // A seat that lapsed begins anew, so that the epochs it missed stay missed.
            if entry.until < epoch {
                entry.from = epoch + 1;
            }
            entry.until = epoch + 1;
        }
        Ok(())
    }
}
