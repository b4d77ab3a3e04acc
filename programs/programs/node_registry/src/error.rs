use anchor_lang::prelude::*;

#[error_code]
pub enum RegistryError {
    #[msg("a rule of the network is out of range")]
    BadRules,
    #[msg("unbonding must take longer than a withdrawal, in slots (with the delay of a forced epoch) and in time")]
    UnbondingTooShort,
    #[msg("the token account is not a clean vault of this network's mint and authority")]
    NotAVault,
    #[msg("the account is not the one that the network names")]
    WrongVault,
    #[msg("the node belongs to another network")]
    WrongNetwork,
    #[msg("the signer does not own this node")]
    NotOwner,
    #[msg("the peer's key and its owner's wallet must differ")]
    PeerIsOwner,
    #[msg("an amount must be greater than zero")]
    ZeroAmount,
    #[msg("arithmetic overflow")]
    Overflow,
    #[msg("the stake answers for seats that are held, or were released and still serve")]
    StakeHeld,
    #[msg("more than what is staked")]
    NotEnoughStake,
    #[msg("nothing is unbonding")]
    NothingUnbonding,
    #[msg("the unbonding time is not over")]
    StillUnbonding,
    #[msg("the node still has stake or seats")]
    NodeInUse,
    #[msg("the node was slashed")]
    Slashed,
    #[msg("no such entry in the slot table")]
    NoSuchSeat,
    #[msg("the seat is taken")]
    SeatTaken,
    #[msg("the seat is not this node's")]
    NotTheSeatsHolder,
    #[msg("the slot table is full: grow it")]
    TableFull,
    #[msg("the table has room left")]
    TableNotFull,
    #[msg("too many entries are vacant, or the table has its greatest length: take a vacant one")]
    TooManyVacant,
    #[msg("the epoch is not over")]
    EpochNotOver,
    #[msg("the epoch is over: begin the next one first")]
    EpochOver,
    #[msg("the slot hash that fixes the beacon is no longer known: wait for the next point of the grid")]
    BeaconMissed,
    #[msg("the account is not in the network's current epoch")]
    WrongEpoch,
    #[msg("nobody holds a seat")]
    NoMembers,
    #[msg("the credit account belongs to another network")]
    WrongAccount,
    #[msg("the account still needs this committee")]
    CommitteeInUse,
    #[msg("the rent goes back to who paid it")]
    NotThePayer,
    #[msg("the instruction before this one is not the Ed25519 precompile's")]
    NoEvidence,
    #[msg("evidence is exactly two signatures")]
    NotTwoSignatures,
    #[msg("an offset of the precompile points outside its own instruction")]
    OffsetsElsewhere,
    #[msg("the signatures are not by this peer")]
    NotThePeer,
    #[msg("a signed message is not a header")]
    NotAHeader,
    #[msg("a header of another network")]
    WrongDomain,
    #[msg("the headers do not contradict each other")]
    NoConflict,
    #[msg("nothing was slashed")]
    NothingSlashed,
}
