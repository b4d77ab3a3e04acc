use crate::RegistryError;
use anchor_lang::prelude::*;
use registry_state::{Network, Node};

#[derive(Accounts)]
pub struct Unstake {
    #[account(address = node.owner @ RegistryError::NotOwner)]
    pub owner: Signer,
    #[account(address = node.network @ RegistryError::WrongNetwork)]
    pub network: BorshAccount<Network>,
    #[account(mut)]
    pub node: BorshAccount<Node>,
}

impl Unstake {
    pub fn run(ctx: &mut Context<Self>, amount: u64) -> Result<()> {
        require!(amount > 0, RegistryError::ZeroAmount);
        let now = weft_chain::now()?;
        let (min_stake, epoch) = (ctx.accounts.network.min_stake, ctx.accounts.network.epoch);
        let node = &mut ctx.accounts.node;
        let left = node.staked.checked_sub(amount).ok_or(RegistryError::NotEnoughStake)?;
        let held = min_stake.checked_mul(node.seats as u64).ok_or(RegistryError::Overflow)?;
        let serves = node.serves_until > 0 && node.serves_until >= epoch;
        require!(left >= held && !serves, RegistryError::StakeHeld);
        node.staked = left;
        node.unbonding = node.unbonding.checked_add(amount).ok_or(RegistryError::Overflow)?;
        node.unbonding_since_slot = now.slot;
        node.unbonding_since_time = now.seconds;
        Ok(())
    }
}
