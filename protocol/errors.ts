/**
 * Every error code of Weft, each with all that anybody says about it: adding a code is adding one entry here. Expected
 * outcomes inside the rules are returned unions, not errors.
 */

/** What stands behind a code. */
export interface ErrorEntry {
  /** HTTP status of the API's answer; 422 for what was understood and refused. */
  readonly status: number
  /** Exit status of the command line, 1 to 130: see the table in the main README. */
  readonly exit: number
  /** What went wrong, for people: a clause without a full stop. */
  readonly means: string
  /** The step that a user can take: a command, or a clause in the imperative. `<id>` stands for the job's id. */
  readonly next: string
}

/** All codes by name. A code is stable: scripts match on it, so it is never renamed and never means something else. */
export const errorCodes = {
  // how Weft is called
  USAGE: { status: 400, exit: 2, means: 'the command line is not understood', next: 'weft --help' },
  JOB_MALFORMED: {
    status: 400,
    exit: 2,
    means: 'the job file cannot be read as a job',
    next: 'weft job validate <file>',
  },
  ENGINE_UNKNOWN: {
    status: 400,
    exit: 2,
    means: 'no engine of that name exists',
    next: 'weft status shows the engines of this peer',
  },
  INPUT_MISSING: { status: 400, exit: 2, means: 'an input file cannot be read', next: 'check the path after --input' },
  JOB_TOO_LARGE: {
    status: 413,
    exit: 2,
    means: 'the job or its inputs exceed a limit',
    next: 'see the limits in protocol/limits.ts',
  },
  KEY_UNREADABLE: { status: 422, exit: 2, means: 'the key file is not a Solana keypair', next: 'weft keygen <file>' },
  KEY_EXISTS: {
    status: 422,
    exit: 1,
    means: 'a key file of that name exists, and a key is never overwritten',
    next: 'weft keygen <another file>',
  },
  CONFIG_INVALID: {
    status: 400,
    exit: 2,
    means: 'a setting has a value that it cannot have',
    next: 'weft up --help',
  },
  TOKEN_INVALID: {
    status: 400,
    exit: 2,
    means: 'the join token is malformed, expired or for another network',
    next: 'ask the founder for a new one: weft invite',
  },
  // operating
  INTERNAL: { status: 500, exit: 1, means: 'a bug in Weft', next: 'report it with the log of the daemon' },
  DAEMON_UNREACHABLE: { status: 422, exit: 3, means: 'no daemon answers', next: 'weft up' },
  DAEMON_RUNNING: { status: 422, exit: 1, means: 'a daemon already runs on this folder', next: 'weft status' },
  PORT_IN_USE: {
    status: 422,
    exit: 1,
    means: 'another program listens on that port',
    next: 'choose another with --port',
  },
  STORE_LOCKED: {
    status: 503,
    exit: 1,
    means: 'another process has the store open',
    next: 'stop it, or set WEFT_HOME to another folder',
  },
  STORE_CORRUPT: {
    status: 500,
    exit: 1,
    means: 'the store cannot be read',
    next: 'move the folder away and start again; the peer abstains until the next epoch',
  },
  UNAUTHORISED: {
    status: 403,
    exit: 1,
    means: 'the request lacks the token',
    next: 'send the token from daemon.json as Authorization: Bearer',
  },
  NOT_PERMITTED: {
    status: 403,
    exit: 1,
    means: 'this peer does not hold the key that may do this',
    next: 'ask the founder of the network',
  },
  JOB_ENDED: { status: 409, exit: 1, means: 'the job ended before it was cancelled', next: 'weft job show <id>' },
  NOT_FOUND: { status: 404, exit: 1, means: 'nothing of that name is known here', next: 'weft job list' },
  NO_COMMITTEE: { status: 503, exit: 1, means: 'too few witnesses answer', next: 'weft peer list' },
  TIMEOUT: { status: 504, exit: 124, means: 'the answer took too long; the job goes on', next: 'weft job show <id>' },
  INTERRUPTED: { status: 422, exit: 130, means: 'interrupted; the job goes on', next: 'weft job show <id>' },
  NOT_A_MEMBER: {
    status: 403,
    exit: 1,
    means: 'this peer is not on the roster of the network',
    next: 'weft join <token>',
  },
  // the chain
  CHAIN_UNREACHABLE: {
    status: 422,
    exit: 3,
    means: 'the Solana cluster does not answer',
    next: 'check -u, or start one: weft chain',
  },
  CHAIN_REFUSED: {
    status: 422,
    exit: 1,
    means: 'a program on the chain refused, by the name given',
    next: 'weft credits balance',
  },
  NETWORK_UNKNOWN: {
    status: 422,
    exit: 1,
    means: 'no network of that name exists on the cluster',
    next: 'check -u and --network-name',
  },
  LEDGER_OTHER: {
    status: 422,
    exit: 2,
    means: 'the command is for a network on Solana, and this folder is of a private one',
    next: 'name the cluster with -u',
  },
  // refused at admission
  SIGNATURE_BAD: {
    status: 422,
    exit: 1,
    means: 'the signature is not that of the wallet',
    next: 'sign again with the right key',
  },
  NETWORK_OTHER: {
    status: 422,
    exit: 1,
    means: 'the job was signed for another network',
    next: 'sign it for this one',
  },
  SEQ_TAKEN: {
    status: 409,
    exit: 1,
    means: 'another job of this wallet has this sequence number',
    next: 'sign again with the next number',
  },
  SEQ_REPLAYED: {
    status: 409,
    exit: 1,
    means: 'the sequence number was used before',
    next: 'sign again with the next number',
  },
  DEADLINE_PASSED: {
    status: 422,
    exit: 1,
    means: 'the deadline is over or too far away',
    next: 'choose a deadline within 24 hours',
  },
  CREDITS_SHORT: {
    status: 402,
    exit: 5,
    means: 'the wallet does not cover the price limit',
    next: 'lower the price limit or add credits',
  },
  AUTHORISATION_SHORT: {
    status: 402,
    exit: 5,
    means: 'the signed lifetime total does not cover the price limit',
    next: 'sign a higher total',
  },
  FUNDS_STALE: {
    status: 503,
    exit: 1,
    means: "the witnesses' view of the ledger is older than 6 hours",
    next: 'wait until the ledger is back',
  },
  ACCOUNT_FULL: { status: 429, exit: 1, means: 'the account has 256 open jobs', next: 'wait until one ends' },
  // not placed
  NO_MATCHING_PEER: { status: 422, exit: 6, means: 'no peer satisfies the requirements', next: 'weft job why <id>' },
  PRICE_TOO_LOW: { status: 422, exit: 6, means: 'every fitting peer asks for more', next: 'raise the price limit' },
  // how a job ends
  PROGRAM_FAILED: { status: 422, exit: 4, means: 'the program ended with an error', next: 'weft job logs <id>' },
  TIME_LIMIT: {
    status: 422,
    exit: 4,
    means: 'the program ran longer than its time limit',
    next: 'raise requirements.time in the job file',
  },
  MEMORY_LIMIT: {
    status: 422,
    exit: 4,
    means: 'the program needed more memory than its limit',
    next: 'raise requirements.memoryBytes',
  },
  OUTPUT_LIMIT: {
    status: 422,
    exit: 4,
    means: 'the program wrote more than its output limit',
    next: 'print less, or write a file',
  },
  NO_MAJORITY: {
    status: 422,
    exit: 4,
    means: 'the replicas do not agree',
    next: 'weft job show <id> --json lists each result',
  },
  ATTEMPTS_EXHAUSTED: { status: 422, exit: 4, means: 'too many replicas failed', next: 'weft job why <id>' },
  EXPIRED: {
    status: 422,
    exit: 4,
    means: 'the deadline passed before a verdict; nothing was charged',
    next: 'choose a longer deadline',
  },
  CANCELLED: { status: 422, exit: 4, means: 'the wallet cancelled the job', next: 'post it again' },
  ENGINE_FAILED: {
    status: 422,
    exit: 4,
    means: "the engine of a peer broke; not the program's fault",
    next: 'weft job logs <id>',
  },
  CERTIFICATE_BAD: {
    status: 502,
    exit: 1,
    means: 'a certificate, input or signature does not match',
    next: 'ask another peer',
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>

/** A stable code: a key of {@link errorCodes}. */
export type ErrorCode = keyof typeof errorCodes

/**
 * An operating error with a stable code. `message` says what and why in one sentence; `data` carries typed facts for
 * logs, and under `next` a step that fits better than the code's own; `cause` is what was thrown below, if anything
 * was.
 */
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

/**
 * A programmer's assertion, on in production: throws a plain Error, which no caller expects, unless `condition` holds.
 */
export function assert(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${what}`)
}
