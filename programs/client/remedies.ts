/** What to do about each error of the programs. A name that two programs share has one remedy. */
import type { ReceiptErrorName, RegistryErrorName, SplitterErrorName } from './errors.ts'

type ErrorName = RegistryErrorName | ReceiptErrorName | SplitterErrorName

const FIX_CALLER = 'the transaction was built wrongly: build it with the client of this version'
const COLLECT_AGAIN = 'collect the signatures of the pinned committee over the same header and try again'
const REREAD = 'read the account again: somebody else was first, or the header is old'
const WAIT = 'wait until the delay is over, in slots and in time, and try again'
const OWNER_SIGNS = 'sign with the wallet that owns it'

const REMEDIES: Readonly<Record<ErrorName, string>> = {
  badRules: 'choose a stake above 0, an epoch of 10 slots or more, and a fee of at most 10,000 basis points',
  unbondingTooShort: 'make unbonding longer than a withdrawal and a forced epoch together',
  notAVault: "create an empty token account of the mint whose owner is the program's address, without delegate",
  wrongVault: 'use the token account that the network or its vault names',
  wrongNetwork: 'use accounts of one network only',
  notOwner: OWNER_SIGNS,
  peerIsOwner: "register the peer's own key, not the wallet's",
  zeroAmount: 'give an amount of at least one base unit',
  overflow: 'give smaller amounts',
  stakeHeld: 'release seats, wait for the next epoch, and unstake then',
  notEnoughStake: 'stake more, or ask for less',
  nothingUnbonding: 'unstake first',
  stillUnbonding: WAIT,
  nodeInUse: 'release the seats, unstake and withdraw first',
  slashed: 'register another key: this one signed two headers for one height',
  noSuchSeat: 'choose an entry of the table, or its length to append one',
  seatTaken: 'choose an entry that is vacant in this epoch',
  notTheSeatsHolder: "choose the node's own seats",
  tableFull: 'grow the table first (grow_seats)',
  tableNotFull: 'take a seat: there is room',
  tooManyVacant: 'take a vacant entry instead of appending one',
  epochNotOver: "wait for the end of the network's epoch",
  epochOver: 'turn the crank (advance_epoch), then try again',
  beaconMissed: 'wait for the end of the epoch after this one, and turn the crank within 512 slots of it',
  wrongEpoch: 'seal or force the epoch of the account, or wait until the network reaches it',
  noMembers: 'wait for an epoch in which somebody serves',
  wrongAccount: 'use the account that the signed bytes name',
  committeeInUse: 'wait until the account has left that epoch',
  notThePayer: 'name the account that paid the rent',
  noEvidence: 'put the Ed25519 instruction right before this one',
  notTwoSignatures: 'bring exactly two signatures',
  offsetsElsewhere: FIX_CALLER,
  notThePeer: "bring two signatures by the node's own key",
  notAHeader: 'sign the 160 bytes of a header',
  wrongDomain: 'sign for this network and this deployment of the programs',
  noConflict: 'nothing is wrong: only two different headers of one account, epoch and height convict',
  nothingSlashed: 'nothing is to be done',
  authorisationFalls: 'authorise at least the present limit; to spend less, withdraw',
  noCertificate: 'put the Ed25519 instruction right before this one',
  differentMessages: COLLECT_AGAIN,
  notAnAuthorisation: 'sign the 80 bytes of an authorisation',
  wrongCommittee: 'name the committee of this account in its present epoch, and pin it if there is none',
  notAWitness: COLLECT_AGAIN,
  duplicateSigner: COLLECT_AGAIN,
  tooFewSignatures: COLLECT_AGAIN,
  heightNotRising: REREAD,
  timeFalls: REREAD,
  spentFalls: REREAD,
  sequenceFalls: REREAD,
  beyondDeposits: 'deposit more, or ask for less',
  beyondAuthorisation: 'have the owner authorise a higher lifetime limit',
  nothingPending: 'request the withdrawal first',
  stillWaiting: WAIT,
  sameAccount: 'name two different accounts',
  noForceRequested: 'request it first (request_force_epoch)',
  forceRequested: 'wait for the delay, then force the epoch',
  wrongKey: FIX_CALLER,
  notAJob: "use withdraw: this is a wallet's account",
  deadlinePassed: 'choose a deadline that lies ahead',
  deadlineNotPassed: 'wait for the deadline, or sign with the wallet that owns the job',
  alreadyPending: 'wait for the delay, then refund',
  notTheOwnersTokens: "name a token account of the account's owner",
  notInState: "make the proof from the state that the account's last settled header names",
  creditsLeft: 'withdraw everything first',
  claimsLeft: 'claim for every payee first: anybody may',
  wrongLedger: "name the account's ledger of its present life",
  badCapacity: 'choose 1 to 250 payees at a time',
  ledgerFull: 'grow the ledger first (grow_ledger)',
  notPayee: 'sign with the wallet of the payee',
  notTreasury: "name the treasury's balance",
  wrongPayees: 'name 1 to 16 balances, with one total for each',
  payeesNotInOrder: FIX_CALLER,
  totalFalls: 'settle a later header: lifetime totals do not fall',
  nothingToClaim: 'nothing is to be done: it is paid already',
  beyondSpent: 'settle a header whose spending covers the totals',
  notEnough: 'ask for at most what was earned and not withdrawn',
  balanceLeft: 'withdraw the balance first',
  noFees: 'nothing is to be done',
  feesLeft: 'collect the fees first (collect_fees)',
  accountOpen: 'close the account first',
}

/** What to do about the error `name`; for what is none of ours, what holds for every transaction. */
export function remedyFor(name: string): string {
  return name in REMEDIES
    ? REMEDIES[name as ErrorName]
    : 'look at the logs of the transaction: the runtime or another program refused it'
}
