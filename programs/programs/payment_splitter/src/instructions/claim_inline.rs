use crate::{pay::pay_up_to, SplitterError};
use anchor_lang::prelude::*;
use receipt_state::CreditAccount;
use splitter_state::{Balance, PaidList};
use weft_core::{merkle, totals as tree};

const PAYEES_MAX: usize = 16;

/// The payees' balances are the remaining accounts. Permissionless.
#[derive(Accounts)]
pub struct ClaimInline {
    pub account: BorshAccount<CreditAccount>,
    #[account(
        mut,
        constraint = ledger.account == *account.address() @ SplitterError::WrongLedger,
        constraint = ledger.opened == account.opened @ SplitterError::WrongLedger,
    )]
    pub ledger: PaidList,
}

impl ClaimInline {
    /// No proofs: with every total at hand the tree is computed anew.
    pub fn run(ctx: &mut Context<Self>, totals: &[u64], rest: &[u8; 32]) -> Result<()> {
        let views = ctx.remaining_accounts()?;
        let fits = !totals.is_empty() && totals.len() <= PAYEES_MAX && views.len() == totals.len();
        require!(fits, SplitterError::WrongPayees);
        let (account, ledger) = (&ctx.accounts.account, &mut ctx.accounts.ledger);
        let mut leaves = [[0u8; 32]; PAYEES_MAX];
        let mut claimed = 0u64;
        let mut previous: Option<Address> = None;
        for (i, (view, total)) in views.iter().zip(totals).enumerate() {
            // Safe: the ascending order below makes every balance a different account, and none is declared above.
            let mut balance = unsafe { BorshAccount::<Balance>::load_mut(*view)? };
            let ascending = previous.is_none_or(|before| before.as_array() < balance.payee.as_array());
            require!(ascending, SplitterError::PayeesNotInOrder);
            previous = Some(balance.payee);
            leaves[i] = tree::leaf(balance.payee.as_array(), *total);
            claimed += pay_up_to(ledger, account, &mut balance, *total)?;
            balance.exit()?;
        }
        let totals_root = merkle::root(&mut leaves[..totals.len()]);
        require!(tree::state_root(&totals_root, rest) == account.state_root, SplitterError::NotInState);
        require!(claimed > 0, SplitterError::NothingToClaim);
        Ok(())
    }
}
