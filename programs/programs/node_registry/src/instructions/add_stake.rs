use crate::RegistryError;
use anchor_lang::prelude::*;
use registry_state::{Network, Node};

#[derive(Accounts)]
pub struct AddStake {
    #[account(address = node.owner @ RegistryError::NotOwner)]
    pub owner: Signer,
    #[account(address = node.network @ RegistryError::WrongNetwork)]
    pub network: BorshAccount<Network>,
    #[account(mut, constraint = !node.slashed @ RegistryError::Slashed)]
    pub node: BorshAccount<Node>,
    #[account(mut)]
    pub source: UncheckedAccount,
    #[account(mut, address = network.stake_vault @ RegistryError::WrongVault)]
    pub stake_vault: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl AddStake {
    pub fn run(ctx: &mut Context<Self>, amount: u64) -> Result<()> {
        require!(amount > 0, RegistryError::ZeroAmount);
        let accounts = &mut ctx.accounts;
        accounts.node.staked = accounts.node.staked.checked_add(amount).ok_or(RegistryError::Overflow)?;
        weft_chain::transfer(
            accounts.source.account(),
            accounts.stake_vault.account(),
            accounts.owner.account(),
            amount,
        )
    }
}
