use crate::{JobCreated, ReceiptError};
use anchor_lang::prelude::*;
use receipt_state::{CreditAccount, Vault};
use registry_state::Network;

#[derive(Accounts)]
#[instruction(key: [u8; 32])]
pub struct CreateJob {
    #[account(mut)]
    pub owner: Signer,
    pub network: BorshAccount<Network>,
    #[account(init, payer = owner, seeds = [b"account", network.address().as_ref(), key.as_ref()], bump)]
    pub account: BorshAccount<CreditAccount>,
    #[account(constraint = vault.network == *network.address() @ ReceiptError::WrongNetwork)]
    pub vault: BorshAccount<Vault>,
    #[account(mut)]
    pub source: UncheckedAccount,
    #[account(
        mut,
        address = vault.tokens @ ReceiptError::WrongVault,
        constraint = tokens.address() != source.address() @ ReceiptError::SameAccount,
    )]
    pub tokens: UncheckedAccount,
    pub token_program: Program<Token>,
    pub system_program: Program<System>,
}

impl CreateJob {
    pub fn run(ctx: &mut Context<Self>, key: [u8; 32], job: [u8; 32], amount: u64, deadline: u64) -> Result<()> {
        require!(amount > 0, ReceiptError::ZeroAmount);
        let now = weft_chain::now()?;
        require!(deadline > now.seconds, ReceiptError::DeadlinePassed);
        let bump = ctx.bumps.account;
        let accounts = &mut ctx.accounts;
        let (network, owner, address) =
            (*accounts.network.address(), *accounts.owner.address(), *accounts.account.address());
        let expected = weft_core::job_account_key(&accounts.network.domain, owner.as_array(), &job);
        require!(key == expected, ReceiptError::WrongKey);
        let account = &mut accounts.account;
        account.network = network;
        account.key = Address::new_from_array(key);
        account.owner = owner;
        account.job = job;
        account.deadline = deadline;
        account.opened = accounts.network.epoch;
        account.deposited = amount;
        account.authorised = amount;
        account.epoch = accounts.network.unknown_epoch(now.slot);
        account.bump = bump;
        emit!(JobCreated { network, account: address, owner, job, amount, deadline });
        weft_chain::transfer(accounts.source.account(), accounts.tokens.account(), accounts.owner.account(), amount)
    }
}
