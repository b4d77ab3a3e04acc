use crate::RegistryError;
use anchor_lang::prelude::*;
use receipt_state::CreditAccount;
use registry_state::Committee;

#[derive(Accounts)]
pub struct CloseCommittee {
    #[account(mut, address = committee.payer @ RegistryError::NotThePayer)]
    pub payer: UncheckedAccount,
    #[account(mut, close = payer)]
    pub committee: BorshAccount<Committee>,
    /// The credit account at its address, which may be closed by now.
    #[account(
        seeds = [b"account", committee.network.as_ref(), committee.account.as_ref()],
        bump,
        seeds::program = receipt_state::ID
    )]
    pub account: UncheckedAccount,
}

impl CloseCommittee {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let view = *ctx.accounts.account.account();
        if view.owned_by(&receipt_state::ID) {
            let account = BorshAccount::<CreditAccount>::load(view)?;
            require!(account.epoch > ctx.accounts.committee.epoch, RegistryError::CommitteeInUse);
        }
        Ok(())
    }
}
