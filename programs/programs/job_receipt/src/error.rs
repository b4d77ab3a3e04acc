use anchor_lang::prelude::*;

#[error_code]
pub enum ReceiptError {
    #[msg("the token account is not a clean vault of this network's mint and authority")]
    NotAVault,
    #[msg("the token account is not the one that the vault names")]
    WrongVault,
    #[msg("the vault, account or committee belongs to another network")]
    WrongNetwork,
    #[msg("the signer does not own this account")]
    NotOwner,
    #[msg("an amount must be greater than zero")]
    ZeroAmount,
    #[msg("arithmetic overflow")]
    Overflow,
    #[msg("the authorised total never falls")]
    AuthorisationFalls,
    #[msg("the instruction before this one is not the Ed25519 precompile's")]
    NoCertificate,
    #[msg("an offset of the precompile points outside its own instruction")]
    OffsetsElsewhere,
    #[msg("the signatures are not over one message")]
    DifferentMessages,
    #[msg("the signed message is not a header")]
    NotAHeader,
    #[msg("the signed message is not an authorisation")]
    NotAnAuthorisation,
    #[msg("signed for another network")]
    WrongDomain,
    #[msg("signed for another account")]
    WrongAccount,
    #[msg("signed for another epoch than the account's")]
    WrongEpoch,
    #[msg("the committee is not this account's in this epoch")]
    WrongCommittee,
    #[msg("a signer is not in the committee")]
    NotAWitness,
    #[msg("a witness signed twice")]
    DuplicateSigner,
    #[msg("fewer signatures than the quorum")]
    TooFewSignatures,
    #[msg("the height must rise")]
    HeightNotRising,
    #[msg("certified time must not fall")]
    TimeFalls,
    #[msg("lifetime spending must not fall")]
    SpentFalls,
    #[msg("the last sequence number must not fall")]
    SequenceFalls,
    #[msg("more than what is deposited")]
    BeyondDeposits,
    #[msg("more than what the owner authorised")]
    BeyondAuthorisation,
    #[msg("no withdrawal was requested")]
    NothingPending,
    #[msg("the withdrawal delay is not over")]
    StillWaiting,
    #[msg("an account cannot be its own counterpart")]
    SameAccount,
    #[msg("the network is still in the account's epoch")]
    EpochNotOver,
    #[msg("forcing the epoch was not requested, or a settlement took the request back")]
    NoForceRequested,
    #[msg("forcing the epoch was requested already")]
    ForceRequested,
    #[msg("the key of a one-job account is the hash of its network, owner and job")]
    WrongKey,
    #[msg("not a one-job account")]
    NotAJob,
    #[msg("the deadline must lie ahead")]
    DeadlinePassed,
    #[msg("before the deadline only the owner may cancel")]
    DeadlineNotPassed,
    #[msg("a withdrawal is pending already")]
    AlreadyPending,
    #[msg("the token account does not belong to the owner")]
    NotTheOwnersTokens,
    #[msg("the record is not in the settled state")]
    NotInState,
    #[msg("credits are left in the account")]
    CreditsLeft,
    #[msg("payees have not claimed everything yet")]
    ClaimsLeft,
    #[msg("not the ledger of this account")]
    WrongLedger,
}
