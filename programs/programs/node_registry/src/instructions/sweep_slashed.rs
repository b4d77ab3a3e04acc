use crate::RegistryError;
use anchor_lang::prelude::*;
use registry_state::Network;
use weft_chain::belongs_to;

#[derive(Accounts)]
pub struct SweepSlashed {
    #[account(mut, constraint = network.slashed > 0 @ RegistryError::NothingSlashed)]
    pub network: BorshAccount<Network>,
    #[account(mut, address = network.stake_vault @ RegistryError::WrongVault)]
    pub stake_vault: UncheckedAccount,
    #[account(mut, constraint = belongs_to(destination.account(), &network.mint, &network.treasury) @ RegistryError::WrongVault)]
    pub destination: UncheckedAccount,
    pub token_program: Program<Token>,
}

impl SweepSlashed {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let accounts = &mut ctx.accounts;
        let amount = core::mem::take(&mut accounts.network.slashed);
        weft_chain::transfer_signed(
            accounts.stake_vault.account(),
            accounts.destination.account(),
            accounts.network.account(),
            amount,
            [b"network", &accounts.network.id_hash, &[accounts.network.bump]],
        )
    }
}
