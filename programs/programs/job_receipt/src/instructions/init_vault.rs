use crate::ReceiptError;
use anchor_lang::prelude::*;
use receipt_state::Vault;
use registry_state::Network;
use weft_chain::is_vault;

#[derive(Accounts)]
pub struct InitVault {
    #[account(mut)]
    pub payer: Signer,
    pub network: BorshAccount<Network>,
    #[account(init, payer = payer, seeds = [b"vault", network.address().as_ref()], bump)]
    pub vault: BorshAccount<Vault>,
    #[account(constraint = is_vault(tokens.account(), &network.mint, vault.address()) @ ReceiptError::NotAVault)]
    pub tokens: UncheckedAccount,
    pub system_program: Program<System>,
}

impl InitVault {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let bump = ctx.bumps.vault;
        let accounts = &mut ctx.accounts;
        accounts.vault.network = *accounts.network.address();
        accounts.vault.mint = accounts.network.mint;
        accounts.vault.tokens = *accounts.tokens.address();
        accounts.vault.bump = bump;
        Ok(())
    }
}
