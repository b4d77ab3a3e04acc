/**
 * Every error code of Weft. A code is stable: scripts match on it. `exit` is the process's exit status (see README), `next`
 * is the step that a user can take. Expected outcomes inside the rules are returned unions, not errors.
 */
export const errorCodes = {
  // usage: 2
  USAGE: { exit: 2, means: 'the command line is not understood', next: 'weft --help' },
  JOB_MALFORMED: { exit: 2, means: 'the job file cannot be read as a job', next: 'weft job validate <file>' },
  ENGINE_UNKNOWN: {
    exit: 2,
    means: 'no engine of that name exists',
    next: 'weft status shows the engines of this peer',
  },
  INPUT_MISSING: { exit: 2, means: 'an input file cannot be read', next: 'check the path after --input' },
  JOB_TOO_LARGE: {
    exit: 2,
    means: 'the job or its inputs exceed a limit',
    next: 'see the limits in protocol/limits.ts',
  },
  KEY_UNREADABLE: { exit: 2, means: 'the key file is not a Solana keypair', next: 'weft keygen <file>' },
  KEY_EXISTS: {
    exit: 1,
    means: 'a key file of that name exists, and a key is never overwritten',
    next: 'weft keygen <another file>',
  },
  CONFIG_INVALID: {
    exit: 2,
    means: 'a setting has a value that it cannot have',
    next: 'weft up --help',
  },
  TOKEN_INVALID: {
    exit: 2,
    means: 'the join token is malformed, expired or for another network',
    next: 'ask the founder for a new one: weft invite',
  },
  // operating: 1 and 3
  INTERNAL: { exit: 1, means: 'a bug in Weft', next: 'report it with the log of the daemon' },
  DAEMON_UNREACHABLE: { exit: 3, means: 'no daemon answers', next: 'weft up' },
  DAEMON_RUNNING: { exit: 1, means: 'a daemon already runs on this folder', next: 'weft status' },
  PORT_IN_USE: { exit: 1, means: 'another program listens on that port', next: 'choose another with --port' },
  STORE_LOCKED: {
    exit: 1,
    means: 'another process has the store open',
    next: 'stop it, or set WEFT_HOME to another folder',
  },
  STORE_CORRUPT: {
    exit: 1,
    means: 'the store cannot be read',
    next: 'move the folder away and start again; the peer abstains until the next epoch',
  },
  UNAUTHORISED: {
    exit: 1,
    means: 'the request lacks the token',
    next: 'send the token from daemon.json as Authorization: Bearer',
  },
  NOT_PERMITTED: {
    exit: 1,
    means: 'this peer does not hold the key that may do this',
    next: 'ask the founder of the network',
  },
  JOB_ENDED: { exit: 1, means: 'the job ended before it was cancelled', next: 'weft job show <id>' },
  NOT_FOUND: { exit: 1, means: 'nothing of that name is known here', next: 'weft job list' },
  NO_COMMITTEE: { exit: 1, means: 'too few witnesses answer', next: 'weft peer list' },
  TIMEOUT: { exit: 124, means: 'the answer took too long; the job goes on', next: 'weft job show <id>' },
  INTERRUPTED: { exit: 130, means: 'interrupted; the job goes on', next: 'weft job show <id>' },
  NOT_A_MEMBER: { exit: 1, means: 'this peer is not on the roster of the network', next: 'weft join <token>' },
  // the chain: 1, 3
  CHAIN_UNREACHABLE: {
    exit: 3,
    means: 'the Solana cluster does not answer',
    next: 'check -u, or start one: weft chain',
  },
  CHAIN_REFUSED: { exit: 1, means: 'a program on the chain refused, by the name given', next: 'weft credits balance' },
  NETWORK_UNKNOWN: {
    exit: 1,
    means: 'no network of that name exists on the cluster',
    next: 'check -u and --network-name',
  },
  LEDGER_OTHER: {
    exit: 2,
    means: 'the command is for a network on Solana, and this folder is of a private one',
    next: 'name the cluster with -u',
  },
  // refused at admission: 1, 5
  SIGNATURE_BAD: { exit: 1, means: 'the signature is not that of the wallet', next: 'sign again with the right key' },
  NETWORK_OTHER: { exit: 1, means: 'the job was signed for another network', next: 'sign it for this one' },
  SEQ_TAKEN: {
    exit: 1,
    means: 'another job of this wallet has this sequence number',
    next: 'sign again with the next number',
  },
  SEQ_REPLAYED: { exit: 1, means: 'the sequence number was used before', next: 'sign again with the next number' },
  DEADLINE_PASSED: {
    exit: 1,
    means: 'the deadline is over or too far away',
    next: 'choose a deadline within 24 hours',
  },
  CREDITS_SHORT: {
    exit: 5,
    means: 'the wallet does not cover the price limit',
    next: 'lower the price limit or add credits',
  },
  AUTHORISATION_SHORT: {
    exit: 5,
    means: 'the signed lifetime total does not cover the price limit',
    next: 'sign a higher total',
  },
  FUNDS_STALE: {
    exit: 1,
    means: "the witnesses' view of the ledger is older than 6 hours",
    next: 'wait until the ledger is back',
  },
  ACCOUNT_FULL: { exit: 1, means: 'the account has 256 open jobs', next: 'wait until one ends' },
  // not placed: 6
  NO_MATCHING_PEER: { exit: 6, means: 'no peer satisfies the requirements', next: 'weft job why <id>' },
  PRICE_TOO_LOW: { exit: 6, means: 'every fitting peer asks for more', next: 'raise the price limit' },
  // job failed: 4
  PROGRAM_FAILED: { exit: 4, means: 'the program ended with an error', next: 'weft job logs <id>' },
  TIME_LIMIT: { exit: 4, means: 'the program ran longer than its time limit', next: 'raise requirements.timeMs' },
  MEMORY_LIMIT: {
    exit: 4,
    means: 'the program needed more memory than its limit',
    next: 'raise requirements.memoryBytes',
  },
  OUTPUT_LIMIT: { exit: 4, means: 'the program wrote more than its output limit', next: 'print less, or write a file' },
  NO_MAJORITY: { exit: 4, means: 'the replicas do not agree', next: 'weft job show <id> --json lists each result' },
  ATTEMPTS_EXHAUSTED: { exit: 4, means: 'too many replicas failed', next: 'weft job why <id>' },
  EXPIRED: {
    exit: 4,
    means: 'the deadline passed before a verdict; nothing was charged',
    next: 'choose a longer deadline',
  },
  CANCELLED: { exit: 4, means: 'the wallet cancelled the job', next: 'post it again' },
  ENGINE_FAILED: { exit: 4, means: "the engine of a peer broke; not the program's fault", next: 'weft job logs <id>' },
  CERTIFICATE_BAD: { exit: 1, means: 'a certificate, input or signature does not match', next: 'ask another peer' },
} as const

export type ErrorCode = keyof typeof errorCodes

/** An operating error with a stable code. `message` says what and why in one sentence; `data` carries typed facts for logs. */
export class WeftError extends Error {
  readonly code: ErrorCode
  readonly data: Readonly<Record<string, string | number | boolean>>

  constructor(
    code: ErrorCode,
    message: string,
    options: { cause?: unknown; data?: Record<string, string | number | boolean> } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'WeftError'
    this.code = code
    this.data = options.data ?? {}
  }
}

/** A programmer's assertion: on in production. */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${what}`)
}
