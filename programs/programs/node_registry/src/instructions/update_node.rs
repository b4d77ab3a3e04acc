use crate::RegistryError;
use anchor_lang::prelude::*;
use registry_state::Node;

#[derive(Accounts)]
pub struct UpdateNode {
    #[account(address = node.owner @ RegistryError::NotOwner)]
    pub owner: Signer,
    #[account(mut)]
    pub node: BorshAccount<Node>,
}

impl UpdateNode {
    pub fn run(ctx: &mut Context<Self>, profile: [u8; 32]) -> Result<()> {
        ctx.accounts.node.profile = profile;
        Ok(())
    }
}
