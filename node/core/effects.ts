/** What goes into the core and what comes out of it. Effects are carried out in order; see `lane` for what waits for the disk. */

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

/** Both clocks at one moment. Wall time is only compared with other peers' clocks; durations use the monotonic one. */
export interface Now {
  readonly wallMs: number
  readonly monotonicMs: number
}

/** What the core may ask the ledger: answers from memory, never waits. */
export interface LedgerView {
  registry(): RegistryView | undefined
  registryAt(epoch: number): RegistryView | undefined
  funds(account: WalletKey): { readonly total: bigint; readonly asOfMs: number } | undefined
  ownerOf?(account: WalletKey): WalletKey | undefined
}

export type StoreChange = { readonly put: string; readonly value: Uint8Array } | { readonly del: string }

/** How a run ended: the executor's outcome. */
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

export type Event =
  | { readonly type: 'message'; readonly from: PeerKey; readonly bytes: Uint8Array }
  | { readonly type: 'gossip'; readonly from: PeerKey; readonly bytes: Uint8Array }
  | { readonly type: 'connected'; readonly peer: PeerKey }
  | { readonly type: 'disconnected'; readonly peer: PeerKey }
  /** The time that the core asked for has come. */
  | { readonly type: 'timer' }
  /** Every event that waited has been heard; follows each batch of them. What is due by time is done now, and only now. */
  | { readonly type: 'idle' }
  | { readonly type: 'ledger' }
  | { readonly type: 'ran'; readonly run: string; readonly outcome: RunOutcome }
  | { readonly type: 'output'; readonly run: string; readonly stream: 'stdout' | 'stderr'; readonly chunk: Uint8Array }
  /**
   * Keys of the expiry index that are due by the wall clock. The records are still in the store: the core decides what becomes of each, so that
   * nothing is deleted that it claims.
   */
  | { readonly type: 'expired'; readonly index: readonly string[] }
  | { readonly type: 'loaded'; readonly token: string; readonly value: Uint8Array | undefined }
  /** From this peer's own user. */
  | { readonly type: 'submit'; readonly envelope: Uint8Array; readonly blobs: readonly Uint8Array[] }
  | { readonly type: 'cancel'; readonly envelope: Uint8Array }
  | { readonly type: 'query'; readonly job: string }
  /** Tell of a job's changes from now on, or no more. */
  | { readonly type: 'watch'; readonly job: string }
  | { readonly type: 'unwatch'; readonly job: string }
  | { readonly type: 'account'; readonly account: WalletKey }
  | { readonly type: 'fetch'; readonly cid: string }
  | { readonly type: 'fetch-entry'; readonly account: WalletKey; readonly epoch: number; readonly height: number }
  | { readonly type: 'capacity'; readonly capacity: Capacity }

/** What this peer offers. */
export interface Capacity {
  readonly engines: readonly string[]
  readonly slots: number
  readonly memoryBytes: number
  readonly gpuMemoryBytes: number
  readonly models: readonly string[]
  readonly region: string
  readonly pricePerSecond: bigint
  readonly speedMilli: number
}

/** What local users are told. */
export type Notice =
  | { readonly type: 'receipt'; readonly receipt: Receipt }
  | { readonly type: 'rejected'; readonly job: string; readonly code: ErrorCode }
  | {
      readonly type: 'output'
      readonly job: string
      readonly peer: PeerKey
      readonly stream: 'stdout' | 'stderr'
      readonly chunk: Uint8Array
    }
  | {
      readonly type: 'head'
      readonly from: PeerKey
      readonly account: WalletKey
      readonly certificate: Uint8Array
      readonly nextSeq: number
      readonly funds: bigint | null
    }
  | { readonly type: 'blob'; readonly cid: string }
  | {
      readonly type: 'entry'
      readonly account: WalletKey
      readonly height: number
      readonly before: Uint8Array
      readonly entry: Uint8Array
    }
  /** The job's inputs are durable here and in the hands of the core's delivery. */
  | { readonly type: 'submitted'; readonly job: string }

/**
 * `lane`: everything with the same lane waits for the durable writes issued before it in that lane; without a lane nothing waits. That is the
 * contract "on disk before it is sent".
 */
export type Effect =
  | {
      readonly type: 'send'
      readonly to: PeerKey
      readonly channel: 'control' | 'bulk'
      readonly frame: Frame
      readonly lane?: string
    }
  | { readonly type: 'gossip'; readonly topic: 'offers' | 'totals'; readonly frame: Frame; readonly lane?: string }
  | {
      readonly type: 'write'
      readonly changes: readonly StoreChange[]
      readonly durable: boolean
      readonly lane?: string
    }
  | { readonly type: 'load'; readonly key: string; readonly token: string }
  /** Reads an entry and the state before it from the store and sends them. */
  | { readonly type: 'serve-entry'; readonly to: PeerKey; readonly account: WalletKey; readonly height: number }
  /** Carried out once the input blobs are in the store. */
  | { readonly type: 'run'; readonly run: string; readonly job: string; readonly fence: number; readonly spec: JobSpec }
  | { readonly type: 'abort'; readonly run: string }
  | { readonly type: 'notice'; readonly notice: Notice; readonly lane?: string }
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
  | { readonly type: 'ledger-message'; readonly from: PeerKey; readonly message: Uint8Array }
  /** Publish where something is found later; `sequence` grows. */
  | { readonly type: 'record'; readonly key: string; readonly sequence: number; readonly value: Uint8Array }
  | {
      readonly type: 'log'
      readonly level: 'debug' | 'info' | 'warn' | 'error'
      readonly fields: Record<string, unknown>
      readonly message: string
    }
