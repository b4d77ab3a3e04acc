/**
 * What goes into the core and what comes out of it. Effects are carried out in order; see {@link Effect} for what waits
 * for the disk.
 */

import type { Receipt } from '#protocol/account/receipt.ts'
import type { JobProof } from '#protocol/account/state.ts'
import type { SignedHeader } from '#protocol/agreement/effects.ts'
import type { Totals } from '#protocol/credits/totals.ts'
import type { ErrorCode } from '#protocol/errors.ts'
import type { JobSpec } from '#protocol/job/spec.ts'
import type { RegistryView } from '#protocol/membership/registry.ts'
import type { Frame } from '#protocol/messages/frame.ts'
import type { Header } from '#protocol/wire/header.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'

/**
 * Both clocks at one moment, whole milliseconds. Wall time is only compared with other peers' clocks; durations use the
 * monotonic one. Inside the core they have types of their own: `time.ts`.
 */
export interface Now {
  /** Since 1970; may be wrong, and may jump either way between two steps. */
  readonly wallMs: number
  /** Since an arbitrary moment; not less than at the step before. */
  readonly monotonicMs: number
}

/** What the core may ask the ledger: answers from memory, never waits, does not change while a step runs. */
export interface LedgerView {
  /** The newest registry, if any is known. Its epoch never goes back. */
  registry(): RegistryView | undefined
  /** The registry of one epoch, if it is still known (at least the last 64 are). */
  registryAt(epoch: number): RegistryView | undefined
  /**
   * What the account may spend in its life at most (deposits, or credit line plus earnings), in micro-credits, and when
   * the ledger said so (wall clock, milliseconds); `undefined` while nothing is known of it.
   */
  funds(account: WalletKey): { readonly total: bigint; readonly asOfMs: number } | undefined
  /** The wallet that `account` belongs to, if the ledger has read it: a one-job account has a key of its own. */
  ownerOf?(account: WalletKey): WalletKey | undefined
}

/**
 * One change of the store: `value` replaces what is under the key `put`, or the key `del` is no more, if it ever was.
 */
export type StoreChange = { readonly put: string; readonly value: Uint8Array } | { readonly del: string }

/** How a run ended: the executor's outcome. See `Outcome` in the executor's port for what each promises. */
export type RunOutcome =
  | {
      readonly status: 'done'
      readonly stdout: Uint8Array
      readonly stderr: Uint8Array
      readonly files: readonly { path: string; bytes: Uint8Array }[]
      readonly meterMs: number
    }
  | {
      readonly status: 'program-failed'
      readonly code: 'PROGRAM_FAILED' | 'TIME_LIMIT' | 'MEMORY_LIMIT' | 'OUTPUT_LIMIT'
      readonly exitCode: number
      readonly reason: string
      readonly stdout: Uint8Array
      readonly stderr: Uint8Array
      readonly meterMs: number
    }
  | { readonly status: 'engine-failed'; readonly reason: string }

/**
 * What happens to a peer. The driver hands events over one by one, in the order in which they came, each with the time
 * at which it is handed over; `PeerCore.step` answers each with effects.
 */
export type Event =
  /** A frame from `from`, which the channel authenticated. Its bytes may be anything. */
  | { readonly type: 'message'; readonly from: PeerKey; readonly bytes: Uint8Array }
  /**
   * A frame that `from` gave out to everybody and signed. May come late, and more than once. Its bytes may be anything.
   */
  | { readonly type: 'gossip'; readonly from: PeerKey; readonly bytes: Uint8Array }
  /** A connection to `peer` opened; what was sent before may have been lost. */
  | { readonly type: 'connected'; readonly peer: PeerKey }
  | { readonly type: 'disconnected'; readonly peer: PeerKey }
  /** The time that {@link PeerCore.nextWakeMs} named has come, or is over. */
  | { readonly type: 'timer' }
  /**
   * Every event that waited has been heard; follows each batch of them. What is due by time is done now, and only now.
   */
  | { readonly type: 'idle' }
  /** The registry or some funds changed: `LedgerView` answers differently. */
  | { readonly type: 'ledger' }
  /** A `run` effect came to its end, also after an `abort`. Once for each, unless the process ends first. */
  | { readonly type: 'ran'; readonly run: string; readonly outcome: RunOutcome }
  /** A program printed; in order, and before its `ran`. */
  | { readonly type: 'output'; readonly run: string; readonly stream: 'stdout' | 'stderr'; readonly chunk: Uint8Array }
  /**
   * Keys of the expiry index that are due by the wall clock, oldest first. The records are still in the store: the core
   * decides what becomes of each, so that nothing is deleted that it claims. A key may come again before that is done.
   */
  | { readonly type: 'expired'; readonly index: readonly string[] }
  /**
   * Answers a `look-up` effect: the newest record found, without its sequence number. Anybody may have written it, as
   * anything.
   */
  | { readonly type: 'found'; readonly key: string; readonly value: Uint8Array | undefined }
  /** Answers a `load` effect: what the store had when it looked. */
  | { readonly type: 'loaded'; readonly token: string; readonly value: Uint8Array | undefined }
  /** From this peer's own user: a job that a wallet signed, and the content of its inputs as far as it is not here. */
  | { readonly type: 'submit'; readonly envelope: Uint8Array; readonly blobs: readonly Uint8Array[] }
  /** From this peer's own user: a signed wish to end a job. */
  | { readonly type: 'cancel'; readonly envelope: Uint8Array }
  /** The user asks where a job stands: a `receipt` notice follows if anybody that is connected can show it. */
  | { readonly type: 'query'; readonly job: string }
  /** Tell of a job's changes from now on, or no more. */
  | { readonly type: 'watch'; readonly job: string }
  | { readonly type: 'unwatch'; readonly job: string }
  /** Ask an account's witnesses where it stands: each that answers is told as a `head` notice. */
  | { readonly type: 'account'; readonly account: WalletKey }
  /** Get a blob from the connected peers: a `blob` notice follows when it is here. */
  | { readonly type: 'fetch'; readonly cid: string }
  /** Ask the account's witnesses of `epoch` for an entry: each that has it is told as an `entry` notice. */
  | { readonly type: 'fetch-entry'; readonly account: WalletKey; readonly epoch: number; readonly height: number }
  /** What this peer offers from now on; replaces what it offered before, and is told to everybody. */
  | { readonly type: 'capacity'; readonly capacity: Capacity }

/** What this peer offers. Others place jobs on it by this, so it must be true. */
export interface Capacity {
  /** Engine types that work here. */
  readonly engines: readonly string[]
  /** Replicas that run at once at most. */
  readonly slots: number
  /** That one replica may have. */
  readonly memoryBytes: number
  /** That one replica may have; 0 without a GPU. */
  readonly gpuMemoryBytes: number
  /** Names of models that are loaded or cached. */
  readonly models: readonly string[]
  /** As the operator names it; empty if it is not told. */
  readonly region: string
  /** Micro-credits per second of one replica. */
  readonly pricePerSecond: bigint
  /** Relative speed in thousandths: 1,000 is the reference machine. */
  readonly speedMilli: number
}

/**
 * How much a peer is trusted with, from most to least. `witness`: of a log that is kept here too. `member`: of the
 * present epoch. `poster`: it brought a job of a funded account not long ago. Work for others is bounded by it.
 */
export type Standing = 'witness' | 'member' | 'poster' | 'stranger'

/**
 * What no honest peer does, whatever the network loses or reorders. `size`: a frame larger than its kind may be.
 * `shape`: bytes that are no frame, or no statement. `signature`: a statement in the name of somebody who did not sign
 * it. To be early, late or beaten in a race is none.
 */
export type Offence = 'size' | 'shape' | 'signature'

/** What local users are told. Each is true when it is told; none is promised to come only once. */
export type Notice =
  /**
   * A job's record with its proof, checked. Also of jobs that nobody here watches, if another peer asked through us.
   */
  | { readonly type: 'receipt'; readonly receipt: Receipt }
  /** f + 1 witnesses refused a job that was submitted here: it is over. */
  | { readonly type: 'rejected'; readonly job: string; readonly code: ErrorCode }
  /**
   * A replica's program printed; in order for each replica and stream, with gaps if frames were lost. Not certified.
   */
  | {
      readonly type: 'output'
      readonly job: string
      readonly peer: PeerKey
      readonly stream: 'stdout' | 'stderr'
      readonly chunk: Uint8Array
    }
  /** Where an account stands, as `from` says. Not checked: the listener must verify the certificate. */
  | {
      readonly type: 'head'
      readonly from: PeerKey
      readonly account: WalletKey
      /** Encoded; empty if the account has no history. */
      readonly certificate: Uint8Array
      /** The number that the account's next job needs. */
      readonly nextSeq: number
      /** Micro-credits as the witness's ledger has them; null if it does not know. */
      readonly funds: bigint | null
    }
  /** A blob arrived, and will be durable with the next durable write. */
  | { readonly type: 'blob'; readonly cid: string }
  /** What an entry was made of, as some witness says. Not checked: the listener recomputes it. */
  | {
      readonly type: 'entry'
      readonly account: WalletKey
      readonly height: number
      readonly before: Uint8Array
      readonly entry: Uint8Array
    }
  /** The job's inputs are here, and the core says it to the witnesses until they answer. */
  | { readonly type: 'submitted'; readonly job: string }

/**
 * What the core wants done, in the order of the list.
 *
 * `lane` is the contract "on disk before it is sent": an effect with a lane is carried out once all durable writes that
 * were asked for before it in that lane are on the disk, and all that came before it in that lane is done. Effects of
 * different lanes, and those without one, do not wait for each other. A durable write that fails ends the peer.
 */
export type Effect =
  /** From now on what is read from the peer is bounded as its standing allows. Told when it changes. */
  | { readonly type: 'standing'; readonly peer: PeerKey; readonly standing: Standing }
  /** The peer did what no honest one does: a stranger that goes on is barred, a witness of a log kept here slowed. */
  | { readonly type: 'offence'; readonly peer: PeerKey; readonly offence: Offence }
  /** Best effort: frames to one peer on one channel arrive in order or not at all. */
  | {
      readonly type: 'send'
      readonly to: PeerKey
      /** `bulk` for what is large and may be late. */
      readonly channel: 'control' | 'bulk'
      readonly frame: Frame
      readonly lane?: string
    }
  /** To everybody; best effort. */
  | { readonly type: 'gossip'; readonly topic: 'offers' | 'totals'; readonly frame: Frame; readonly lane?: string }
  /** All of `changes` or none, after all writes before it, and visible to loads after it at once. */
  | {
      readonly type: 'write'
      readonly changes: readonly StoreChange[]
      /** Without it, they reach the disk with the next durable write, or later. */
      readonly durable: boolean
      readonly lane?: string
    }
  /** A `loaded` event with this token follows. */
  | { readonly type: 'load'; readonly key: string; readonly token: string }
  /** Reads an entry and the state before it from the store and sends them, if they are there. */
  | { readonly type: 'serve-entry'; readonly to: PeerKey; readonly account: WalletKey; readonly height: number }
  /** Begins to run a job; its inputs are in the store. One `ran` event with this name follows. */
  | { readonly type: 'run'; readonly run: string; readonly job: string; readonly fence: number; readonly spec: JobSpec }
  /** Ends a run soon. Its result is of no use any more. */
  | { readonly type: 'abort'; readonly run: string }
  | { readonly type: 'notice'; readonly notice: Notice; readonly lane?: string }
  /** A certified header, verified, and what its totals are proven with: for the ledger to settle. May be old. */
  | {
      readonly type: 'ledger'
      readonly header: Header
      readonly totals: Totals
      readonly signatures: ReadonlyMap<PeerKey, Uint8Array>
      /** Sibling of the totals' root in the state root: what a claim needs. */
      readonly jobsAndMeta: Uint8Array
      /** Proof that the job of a one-job account is over. */
      readonly end?: JobProof | undefined
    }
  /** A witness is guilty, provably: for a ledger that takes its stake. */
  | { readonly type: 'evidence'; readonly peer: PeerKey; readonly headers: readonly [SignedHeader, SignedHeader] }
  /** The ledger's own message from another peer; its bytes may be anything. */
  | { readonly type: 'ledger-message'; readonly from: PeerKey; readonly message: Uint8Array }
  /** Publish where something is found later; of one key the highest `sequence` counts, and it grows. Best effort. */
  | { readonly type: 'record'; readonly key: string; readonly sequence: number; readonly value: Uint8Array }
  /** Look up what others published under `key`: one `found` event follows, seconds later, unless the process ends. */
  | { readonly type: 'look-up'; readonly key: string }
  /** A fixed message with what varies in fields; nothing secret. */
  | {
      readonly type: 'log'
      readonly level: 'debug' | 'info' | 'warn' | 'error'
      readonly fields: Record<string, unknown>
      readonly message: string
    }
