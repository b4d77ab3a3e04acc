use crate::AccountOpened;
use anchor_lang::prelude::*;
use receipt_state::CreditAccount;
use registry_state::Network;

#[derive(Accounts)]
pub struct OpenAccount {
    #[account(mut)]
    pub owner: Signer,
    pub network: BorshAccount<Network>,
    #[account(init, payer = owner, seeds = [b"account", network.address().as_ref(), owner.address().as_ref()], bump)]
    pub account: BorshAccount<CreditAccount>,
    pub system_program: Program<System>,
}

impl OpenAccount {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let slot = weft_chain::now()?.slot;
        let bump = ctx.bumps.account;
        let accounts = &mut ctx.accounts;
        let (network, owner, address) =
            (*accounts.network.address(), *accounts.owner.address(), *accounts.account.address());
        let account = &mut accounts.account;
        account.network = network;
        account.key = owner;
        account.owner = owner;
        account.opened = accounts.network.epoch;
        account.epoch = accounts.network.unknown_epoch(slot);
        account.bump = bump;
        emit!(AccountOpened { network, account: address, owner });
        Ok(())
    }
}
