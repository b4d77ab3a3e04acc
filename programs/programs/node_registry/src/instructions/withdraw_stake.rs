use crate::RegistryError;
use anchor_lang::prelude::*;
use registry_state::{Network, Node};
use weft_chain::Now;

#[derive(Accounts)]
pub struct WithdrawStake {
    #[account(address = node.owner @ RegistryError::NotOwner)]
    pub owner: Signer,
    #[account(address = node.network @ RegistryError::WrongNetwork)]
    pub network: BorshAccount<Network>,
    #[account(mut)]
    pub node: BorshAccount<Node>,
    #[account(mut, address = network.stake_vault @ RegistryError::WrongVault)]
    pub stake_vault: UncheckedAccount,
    #[account(mut, constraint = destination.address() != stake_vault.address() @ RegistryError::WrongVault)]
    pub destination: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl WithdrawStake {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let accounts = &mut ctx.accounts;
        let (network, node) = (&accounts.network, &mut accounts.node);
        require!(node.unbonding > 0, RegistryError::NothingUnbonding);
        let since = Now { slot: node.unbonding_since_slot, seconds: node.unbonding_since_time };
        let over = weft_chain::now()?.passed(since, network.unbonding_slots, network.unbonding_seconds);
        require!(over, RegistryError::StillUnbonding);
        let amount = core::mem::take(&mut node.unbonding);
        weft_chain::transfer_signed(
            accounts.stake_vault.account(),
            accounts.destination.account(),
            accounts.network.account(),
            amount,
            [b"network", &accounts.network.id_hash, &[accounts.network.bump]],
        )
    }
}
