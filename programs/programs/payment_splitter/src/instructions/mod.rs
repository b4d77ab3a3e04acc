//! One file per instruction: its accounts, then what it does.
mod claim;
mod claim_inline;
mod close_balance;
mod close_ledger;
mod collect_fees;
mod fund_account;
mod grow_ledger;
mod open_balance;
mod open_ledger;
mod withdraw_balance;

pub use claim::*;
pub use claim_inline::*;
pub use close_balance::*;
pub use close_ledger::*;
pub use collect_fees::*;
pub use fund_account::*;
pub use grow_ledger::*;
pub use open_balance::*;
pub use open_ledger::*;
pub use withdraw_balance::*;
