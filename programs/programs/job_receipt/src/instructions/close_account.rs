use crate::ReceiptError;
use anchor_lang::prelude::*;
use receipt_state::CreditAccount;
use splitter_state::PaidList;

#[derive(Accounts)]
pub struct CloseAccount {
    #[account(mut, address = account.owner @ ReceiptError::NotOwner)]
    pub owner: Signer,
    #[account(mut, close = owner)]
    pub account: BorshAccount<CreditAccount>,
    /// What payees were paid from this account; may not exist if nothing was spent.
    #[account(
        seeds = [b"ledger", account.address().as_ref(), account.opened.to_le_bytes()],
        bump,
        seeds::program = splitter_state::ID
    )]
    pub ledger: UncheckedAccount,
}

impl CloseAccount {
    pub fn run(ctx: &mut Context<Self>) -> Result<()> {
        let account = &ctx.accounts.account;
        require!(account.free() == Some(0), ReceiptError::CreditsLeft);
        if account.spent > 0 {
            let ledger = PaidList::load(*ctx.accounts.ledger.account()).map_err(|_| ReceiptError::ClaimsLeft)?;
            require!(ledger.account == *account.address(), ReceiptError::WrongLedger);
            require!(ledger.claimed == account.spent, ReceiptError::ClaimsLeft);
        }
        Ok(())
    }
}
