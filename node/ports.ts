/**
 * What the peer needs from the world: six narrow interfaces. `adapters/` has the real ones, `sim/` the simulated ones, and
 * `test/compliance/` one suite per port that both must pass. Nothing here knows a library.
 */

import type { JobProof } from '#protocol/account/state.ts'
import type { SignedHeader } from '#protocol/agreement/effects.ts'
import type { Totals } from '#protocol/credits/totals.ts'
import type { RegistryView } from '#protocol/membership/registry.ts'
import type { Header } from '#protocol/wire/header.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'

/** Time. Wall time may jump and is only ever compared with other peers' clocks; durations come from the monotonic clock. */
export interface Clock {
  /** Milliseconds since 1970, integer. */
  wallMs(): number
  /** Milliseconds since an arbitrary start, integer, never decreasing. */
  monotonicMs(): number
  /** Calls `fire` once after `delayMs`; the returned function cancels it. A pending timer does not keep the process alive. */
  after(delayMs: number, fire: () => void): () => void
}

/** Unpredictable bytes. The simulator's are seeded. */
export interface Random {
  bytes(length: number): Uint8Array
}

/** Two kinds of traffic, each on its own warm stream per pair of peers, so that a 4 MiB input never delays a vote. */
export type Channel = 'control' | 'bulk'

/** What the network tells the peer. Called from network callbacks: the receiver must only queue. Must not throw. */
export interface NetworkEvents {
  /** `from` is authenticated (noise). `frame` is at most `limits.frameBytes` long. */
  message(from: PeerKey, channel: Channel, frame: Uint8Array): void
  /** A gossip message from `from` (its signed author); deduplicated. */
  gossip(topic: string, from: PeerKey, data: Uint8Array): void
  connected(peer: PeerKey): void
  disconnected(peer: PeerKey): void
}

/**
 * The network. Delivery is best effort: frames between two peers on one channel arrive in order or not at all while a connection
 * lasts; a lost connection loses frames silently. Repair is the protocol's business.
 */
export interface Network {
  readonly self: PeerKey
  start(events: NetworkEvents): Promise<void>
  /** Idempotent. */
  stop(): Promise<void>
  /**
   * Sends one frame over the pair's warm stream, dialling if there is none yet (addresses from bootstrap, cache, mDNS, DHT).
   * Never throws and never blocks: beyond `limits.sendQueueBytes` queued towards one peer, or if it cannot be reached, the frame is dropped.
   * Returns false if it was dropped at once.
   */
  send(to: PeerKey, channel: Channel, frame: Uint8Array): boolean
  /** Gossips to a topic; best effort. At most `limits.gossipBytes`. */
  publish(topic: string, data: Uint8Array): void
  subscribe(topic: string): void
  /** Peers with an open connection, in the order of their keys. */
  connections(): readonly PeerKey[]
  /** Addresses under which this peer can be reached: multiaddrs ending in `/p2p/<peer id>`. */
  addresses(): readonly string[]
  /** Adds an address to dial: multiaddr. */
  addAddress(address: string): void
  /**
   * Stores a record in the DHT under `key`. The record's value begins with a u64 big-endian sequence number; peers refuse one lower
   * than the highest that they saw, also across restarts. Resolves to the number of peers that took it; never rejects.
   */
  dhtPut(key: string, value: Uint8Array, options: { signal: AbortSignal }): Promise<number>
  /** The newest record found, or `undefined`; never rejects. */
  dhtGet(key: string, options: { signal: AbortSignal }): Promise<Uint8Array | undefined>
}

/** One change of the store. */
export type Change = { readonly put: string; readonly value: Uint8Array } | { readonly del: string }

/**
 * An ordered key-value store. Keys are text, ordered by their UTF-8 bytes. Changes of one batch are atomic; batches are applied
 * in the order of the calls.
 */
export interface Store {
  open(): Promise<void>
  /** Idempotent; flushes first. */
  close(): Promise<void>
  get(key: string): Promise<Uint8Array | undefined>
  /** Entries with `gte <= key < lt`, in order, at most `limit`. */
  range(range: {
    gte: string
    lt: string
    limit?: number
    reverse?: boolean
  }): Promise<readonly (readonly [string, Uint8Array])[]>
  /**
   * Applies `changes`. With `durable`, resolves only when they (and everything written before them) are on the disk; calls that
   * are under way at the same time share one sync (group commit). Without it, resolves at once and they become durable with the next durable batch.
   */
  write(changes: readonly Change[], options: { durable: boolean }): Promise<void>
}

/** The ledger: who are members, and what a wallet can spend. Never on the work path: it answers from what it last knew. */
export interface Ledger {
  /** `roster` or `solana`. */
  readonly kind: string
  /** Network id, for example `roster:<founder key>`. */
  readonly networkId: string
  /** Program id in every header's domain; 32 zero bytes on a roster. */
  readonly programId: Uint8Array
  start(events: LedgerEvents): Promise<void>
  stop(): Promise<void>
  /** The newest registry view, if any is known. */
  registry(): RegistryView | undefined
  /** The view of one epoch, if it is still known (at least the last 64 are). */
  registryAt(epoch: number): RegistryView | undefined
  /** Micro-credits that the account may have spent in its life at most (deposits, or credit line plus earnings), and when the ledger said so (wall clock, milliseconds). */
  funds(account: WalletKey): { readonly total: bigint; readonly asOfMs: number } | undefined
  /** The wallet that `account` belongs to, if the ledger has read it: a one-job account has a key of its own. */
  ownerOf?(account: WalletKey): WalletKey | undefined
  /**
   * Brings a certified header to the ledger: earnings on a roster, a settlement on Solana. The caller has verified the certificate and
   * that `totals` are the header's. `signatures` are the witnesses' over the header's 160 bytes; `jobsAndMeta` is the sibling of the
   * totals' root in its state root, `end` the proof that a one-job account's job is over. Best effort, idempotent.
   */
  offerHeader(
    header: Header,
    totals: Totals,
    signatures: ReadonlyMap<PeerKey, Uint8Array>,
    jobsAndMeta: Uint8Array,
    end?: JobProof,
  ): void
  /** Two headers of one account, epoch and height, both signed by `peer`: a ledger with stake takes it away. Best effort, idempotent. */
  offerEvidence?(peer: PeerKey, headers: readonly [SignedHeader, SignedHeader]): void
  /** A ledger message from another peer (a newer roster, for example); `undefined` if it is of no use. */
  receive(from: PeerKey, message: Uint8Array): void
}

export interface LedgerEvents {
  /** The registry or some funds changed. */
  changed(): void
  /** Ask the network to carry a ledger message to all peers, or to one. */
  send(to: PeerKey | 'all', message: Uint8Array): void
}

/** One replica's work. */
export interface Task {
  readonly jobId: string
  /** Lease token: unique per run. */
  readonly fence: number
  readonly engine: {
    readonly type: string
    readonly params: Readonly<Record<string, string | number | readonly string[]>>
  }
  /** The job's files, by relative path. */
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[]
  readonly limits: { readonly timeMs: number; readonly memoryBytes: number; readonly outputBytes: number }
}

/** How a run ended. `program` failures are the job's own and deterministic; `engine` failures are this peer's. */
export type Outcome =
  | {
      readonly status: 'done'
      readonly stdout: Uint8Array
      readonly stderr: Uint8Array
      readonly files: readonly OutputFile[]
      readonly meterMs: number
    }
  | {
      readonly status: 'program-failed'
      readonly code: 'PROGRAM_FAILED' | 'TIME_LIMIT' | 'MEMORY_LIMIT' | 'OUTPUT_LIMIT'
      /** Process exit status where there is one. */
      readonly exitCode: number
      /** One sentence. */
      readonly reason: string
      readonly stdout: Uint8Array
      readonly stderr: Uint8Array
      readonly meterMs: number
    }
  | { readonly status: 'engine-failed'; readonly reason: string }

/** A file that the program left in its `out` folder. */
export interface OutputFile {
  readonly path: string
  readonly bytes: Uint8Array
}

/** Runs tasks of one engine in a sandbox. */
export interface Executor {
  /** Engine type, for example `python`. */
  readonly engine: string
  /** Proves that the engine works here (runs a small program); resolves to its version, or rejects with a `WeftError` that says what is missing. */
  selfTest(options: { signal: AbortSignal }): Promise<{ version: string }>
  /**
   * Runs one task to its end. Never rejects; aborting kills the run and resolves as `engine-failed`. `onOutput` streams stdout and stderr
   * as they appear. Several runs may be under way at once.
   */
  run(
    task: Task,
    options: { signal: AbortSignal; onOutput: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void },
  ): Promise<Outcome>
  /** Says what is wrong with a job's engine parameters before it is signed: a sentence, or `undefined` if they are fine. */
  validate(params: Task['engine']['params'], paths: readonly string[]): string | undefined
  /** Ends everything that is running. Idempotent. */
  stop(): Promise<void>
}

/** Structured logging: a fixed message and fields. */
export interface Log {
  debug(fields: Record<string, unknown>, message: string): void
  info(fields: Record<string, unknown>, message: string): void
  warn(fields: Record<string, unknown>, message: string): void
  error(fields: Record<string, unknown>, message: string): void
  child(fields: Record<string, unknown>): Log
}
