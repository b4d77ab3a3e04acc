use crate::SplitterError;
use anchor_lang::prelude::*;
use receipt_state::CreditAccount;
use splitter_state::PaidList;

/// Permissionless: the rent goes back to who paid it.
#[derive(Accounts)]
pub struct CloseLedger {
    #[account(mut, address = ledger.payer @ SplitterError::NotThePayer)]
    pub payer: UncheckedAccount,
    /// The ledger's account, which must be closed, or open for another life.
    #[account(address = ledger.account @ SplitterError::WrongLedger)]
    pub account: UncheckedAccount,
    #[account(mut, close = payer, constraint = ledger.fees_due() == 0 @ SplitterError::FeesLeft)]
    pub ledger: PaidList,
}

impl CloseLedger {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let view = *ctx.accounts.account.account();
        if view.owned_by(&receipt_state::ID) {
            let account = BorshAccount::<CreditAccount>::load(view)?;
            require!(account.opened != ctx.accounts.ledger.opened, SplitterError::AccountOpen);
        }
        Ok(())
    }
}
