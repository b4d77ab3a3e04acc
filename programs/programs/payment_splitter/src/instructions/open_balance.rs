use anchor_lang::prelude::*;
use registry_state::Network;
use splitter_state::Balance;

#[derive(Accounts)]
#[instruction(payee: Address)]
pub struct OpenBalance {
    #[account(mut)]
    pub payer: Signer,
    pub network: BorshAccount<Network>,
    #[account(init, payer = payer, seeds = [b"balance", network.address().as_ref(), payee.as_ref()], bump)]
    pub balance: BorshAccount<Balance>,
    pub system_program: Program<System>,
}

impl OpenBalance {
    pub fn run(ctx: &mut Context<Self>, payee: Address) -> Result<()> {
        let bump = ctx.bumps.balance;
        let accounts = &mut ctx.accounts;
        accounts.balance.network = *accounts.network.address();
        accounts.balance.payee = payee;
        accounts.balance.payer = *accounts.payer.address();
        accounts.balance.bump = bump;
        Ok(())
    }
}
