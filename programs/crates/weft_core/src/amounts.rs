//! The one rounding rule: multiply first, divide once, round towards zero; what is left over stays with the payer.

pub const BASIS_POINTS: u64 = 10_000;

/// `amount * numerator / denominator`, rounded towards zero; `None` if it does not fit or the denominator is zero.
pub fn share(amount: u64, numerator: u64, denominator: u64) -> Option<u64> {
    let product = amount as u128 * numerator as u128;
    u64::try_from(product.checked_div(denominator as u128)?).ok()
}

/// The network's fee on the step from the lifetime total `before` to `after`. Taken on lifetime totals, so that claiming
/// often or seldom costs the same.
pub fn fee_step(before: u64, after: u64, fee_bps: u16) -> Option<u64> {
    let due = share(after, fee_bps as u64, BASIS_POINTS)?;
    due.checked_sub(share(before, fee_bps as u64, BASIS_POINTS)?)
}
