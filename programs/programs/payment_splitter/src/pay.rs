//! The one way in which earnings enter a balance.
use crate::{PaymentDistributed, SplitterError};
use anchor_lang::prelude::*;
use receipt_state::CreditAccount;
use splitter_state::{Balance, Paid, PaidList};
use weft_core::amounts::fee_step;

/// Raises what `balance`'s payee was paid from `account` to `total`, keeps the fee back, and returns the step (0: was paid
/// already). Idempotent: the same total twice pays once. Never pays more than was settled, whatever the tree says.
pub fn pay_up_to(ledger: &mut PaidList, account: &CreditAccount, balance: &mut Balance, total: u64) -> Result<u64> {
    require!(balance.network == ledger.network, SplitterError::WrongNetwork);
    let entry = entry_of(ledger, &balance.payee)?;
    let before = ledger.get(entry).map_or(0, |paid| paid.paid);
    let step = total.checked_sub(before).ok_or(SplitterError::TotalFalls)?;
    if step == 0 {
        return Ok(0);
    }
    let fee = fee_step(before, total, ledger.fee_bps as u16).ok_or(SplitterError::Overflow)?;
    ledger.claimed = ledger.claimed.checked_add(step).ok_or(SplitterError::Overflow)?;
    require!(ledger.claimed <= account.spent, SplitterError::BeyondSpent);
    ledger.fees = ledger.fees.checked_add(fee).ok_or(SplitterError::Overflow)?;
    ledger.get_mut(entry).ok_or(SplitterError::WrongLedger)?.paid = total;
    balance.credited = balance.credited.checked_add(step - fee).ok_or(SplitterError::Overflow)?;
    emit!(PaymentDistributed { account: ledger.account, payee: balance.payee, amount: step - fee, fee, total });
    Ok(step)
}

/// Index of the payee's entry, which is added if there is none: a payee has one entry, so it is paid once.
fn entry_of(ledger: &mut PaidList, payee: &Address) -> Result<usize> {
    if let Some(index) = ledger.iter().position(|paid| anchor_lang::address_eq(&paid.payee, payee)) {
        return Ok(index);
    }
    require!(ledger.len() < ledger.capacity(), SplitterError::LedgerFull);
    ledger.try_push(Paid { payee: *payee, paid: 0 })?;
    Ok(ledger.len() - 1)
}
