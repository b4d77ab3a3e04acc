use crate::RegistryError;
use anchor_lang::prelude::*;
use registry_state::Node;

#[derive(Accounts)]
pub struct Deregister {
    #[account(mut, address = node.owner @ RegistryError::NotOwner)]
    pub owner: Signer,
    #[account(
        mut,
        close = owner,
        constraint = node.staked == 0 && node.unbonding == 0 && node.seats == 0 @ RegistryError::NodeInUse,
    )]
    pub node: BorshAccount<Node>,
}

impl Deregister {
    pub fn run(_ctx: &mut Context<Self>) -> Result<()> {
        Ok(())
    }
}
