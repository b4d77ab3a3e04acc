use anchor_lang::prelude::*;

#[error_code]
pub enum SplitterError {
    #[msg("the account, ledger or balance belongs to another network")]
    WrongNetwork,
    #[msg("the ledger belongs to another account, or to an earlier life of it")]
    WrongLedger,
    #[msg("the ledger's capacity is out of range")]
    BadCapacity,
    #[msg("the ledger is full: grow it")]
    LedgerFull,
    #[msg("the signer is not the payee")]
    NotPayee,
    #[msg("the balance is not the treasury's")]
    NotTreasury,
    #[msg("an amount must be greater than zero")]
    ZeroAmount,
    #[msg("arithmetic overflow")]
    Overflow,
    #[msg("one total for each balance, and at most 16")]
    WrongPayees,
    #[msg("payees must be in the tree's order, each once")]
    PayeesNotInOrder,
    #[msg("the totals are not in the settled state")]
    NotInState,
    #[msg("a payee's lifetime total must not fall")]
    TotalFalls,
    #[msg("nothing is left to claim")]
    NothingToClaim,
    #[msg("claims exceed the account's settled spending")]
    BeyondSpent,
    #[msg("more than the balance")]
    NotEnough,
    #[msg("credits are left in the balance")]
    BalanceLeft,
    #[msg("no fees are due")]
    NoFees,
    #[msg("fees are due to the treasury")]
    FeesLeft,
    #[msg("the ledger's account is open")]
    AccountOpen,
    #[msg("the rent goes back to who paid it")]
    NotThePayer,
}
