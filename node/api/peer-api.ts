/** What a running peer offers to its gateway: plain, serialisable values (amounts as decimal text, bytes as CIDs) and events. */
import type { ErrorCode } from '#protocol/errors.ts'
import type { PeerExplanation } from '#protocol/placement/explain.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'

export interface PeerInfo {
  readonly version: string
  readonly peer: PeerKey
  /** The wallet that this peer's earnings go to. */
  readonly owner: WalletKey
  readonly network: string
  readonly ledger: string
  readonly epoch: number
  readonly member: boolean
  /** Where it stands with its network: it may be on its way in, or have been refused, with the founder's reason. */
  readonly membership: { readonly state: 'member' | 'joining' | 'refused' | 'none'; readonly reason: string }
  readonly addresses: readonly string[]
  readonly connections: number
  readonly members: number
  readonly engines: readonly { readonly engine: string; readonly version: string }[]
  readonly slots: number
  readonly running: number
  readonly logs: number
  readonly uptimeMs: number
}

export interface PeerSummary {
  readonly peer: PeerKey
  readonly owner: WalletKey
  readonly self: boolean
  readonly connected: boolean
  /** The newest offer, if one is known. */
  readonly offer: {
    readonly engines: readonly string[]
    readonly slots: number
    readonly freeSlots: number
    readonly memoryBytes: number
    readonly gpuMemoryBytes: number
    readonly region: string
    readonly pricePerSecond: string
    readonly speedMilli: number
    readonly expiresMs: number
  } | null
}

export interface AccountView {
  readonly account: WalletKey
  readonly epoch: number
  readonly height: number
  /** The sequence number that the next job must carry. */
  readonly nextSeq: number
  readonly spent: string
  readonly reserved: string
  /** Most that the account may spend in its life; `null` if the ledger does not say. */
  readonly funds: string | null
  readonly witnesses: readonly PeerKey[]
  readonly n: number
  readonly f: number
  readonly q: number
  readonly tolerance: 'byzantine' | 'crashes' | 'single' | 'own'
}

export interface CertificateView {
  readonly account: WalletKey
  readonly epoch: number
  readonly height: number
  readonly n: number
  readonly quorum: number
  readonly signers: readonly PeerKey[]
  /** Hex SHA-256 of the header's 160 bytes. */
  readonly digest: string
  /** True if the quorum's signatures and the proof of the job's record were recomputed here just now. */
  readonly valid: boolean
}

export interface JobView {
  readonly jobId: string
  readonly name: string
  /** Whose log it is in: the wallet, or the job's own account. */
  readonly account: WalletKey
  /** The wallet that pays. */
  readonly owner: WalletKey
  /** Hex of the 32 bytes that name the job on chain, if it has an account of its own; else empty. */
  readonly escrow: string
  readonly seq: number
  readonly engine: string
  readonly state: 'queued' | 'placed' | 'running' | 'revealing' | 'completed' | 'failed' | 'expired' | 'cancelled'
  /** Why it did not complete. */
  readonly code: ErrorCode | ''
  readonly replicas: number
  readonly attempts: number
  readonly priceMax: string
  readonly deadlineMs: number
  readonly admittedMs: number
  readonly closedMs: number | null
  readonly placement: {
    readonly height: number
    readonly primaries: readonly PeerKey[]
    readonly standbys: readonly PeerKey[]
  }
  readonly seats: readonly {
    readonly peer: PeerKey
    readonly role: 'offered' | 'standby' | 'running' | 'committed' | 'revealed'
    readonly fence: number
    readonly digest: string
    readonly output: string
    readonly logs: string
    readonly meterMs: number
  }[]
  readonly excluded: readonly PeerKey[]
  readonly verdict: {
    readonly agreed: number
    readonly of: number
    readonly confidence: number
    readonly winners: readonly PeerKey[]
    readonly outvoted: readonly PeerKey[]
  } | null
  /** CID of the merged output (canonical CBOR, see protocol/job/output.ts) and of the logs; empty if there is none. */
  readonly output: string
  readonly logs: string
  readonly charged: string
  readonly earned: readonly { readonly payee: WalletKey; readonly peer: PeerKey | null; readonly amount: string }[]
  readonly certificate: CertificateView | null
}

/** What happens to a job, in order. `at` is this peer's wall clock. */
export type JobEvent =
  | { readonly type: 'job'; readonly at: number; readonly job: JobView }
  | {
      readonly type: 'output'
      readonly at: number
      readonly peer: PeerKey
      readonly stream: 'stdout' | 'stderr'
      readonly text: string
    }

/** Why a job was placed where it was: every peer with its reason or rank, and the certificate recomputed from the entry's inputs. */
export interface WhyView {
  readonly jobId: string
  readonly state: JobView['state']
  /** Height of the entry that placed it; `null` if it was not placed yet: then `peers` says why, with the offers known now. */
  readonly height: number | null
  readonly want: number
  readonly peers: readonly PeerExplanation[]
  /** `certified`: the digest that the witnesses signed; `recomputed`: from the state before and the entry's inputs; `null` where this peer does not hold them. */
  readonly certified: string | null
  readonly recomputed: string | null
  readonly matches: boolean
  /** Which part of what the entry was made of was changed or is missing, in words; `null` if none is, or if nobody had it. */
  readonly problem: string | null
}

/** One event of the network's programs on chain; amounts as decimal text, keys in base58, other bytes in hex. */
export interface ChainEventView {
  /** `NodeRegistered`, `JobCreated`, `JobCompleted`, `PaymentDistributed`, and what changes accounts: `Settled`, `Deposited`, … */
  readonly name: string
  /** The chain's slot. */
  readonly slot: number
  readonly signature: string
  /** Place among the events of its transaction. */
  readonly index: number
  readonly data: Readonly<Record<string, string | boolean>>
}

/** What a follower of the chain gets. `undone`: the event's slot was rolled back. `live`, once, ends what was stored; `agrees`: the sums of all events are those of the accounts on chain. */
export type ChainItem =
  | { readonly type: 'event'; readonly event: ChainEventView; readonly undone: boolean }
  | { readonly type: 'live'; readonly agrees: boolean }

export interface ChainEvents {
  readonly networkId: string
  /** Events from chain slot `since` on, then `live`, then, with `follow`, changes as they come. */
  follow(options: {
    readonly since: number
    readonly follow: boolean
    readonly signal: AbortSignal
  }): AsyncIterable<ChainItem>
}

export interface PeerApi {
  /** Events on chain; `undefined` where the ledger is none. */
  readonly chainEvents?: ChainEvents | undefined
  info(): PeerInfo
  peers(): readonly PeerSummary[]
  /** Asks the account's witnesses. Rejects with NO_COMMITTEE if too few answer. */
  account(wallet: WalletKey, options: { signal: AbortSignal }): Promise<AccountView>
  /**
   * Posts a signed job (the raw envelope of kind `job`) with its input blobs. Resolves when the admission is certified: from then on the job is
   * never lost. Rejects with a WeftError (SEQ_TAKEN, CREDITS_SHORT, ...).
   */
  submit(
    job: { envelope: Uint8Array; blobs: readonly Uint8Array[] },
    options: { signal: AbortSignal },
  ): Promise<JobView>
  /** Posts a signed cancellation (raw envelope of kind `cancel`); resolves when the job is closed. */
  cancel(envelope: Uint8Array, options: { signal: AbortSignal }): Promise<JobView>
  /** Jobs that this peer knows: as witness, replica or poster. Newest first. */
  jobs(filter: { account?: WalletKey; limit: number }): Promise<readonly JobView[]>
  /** The job from this peer's own log or store, or from other peers, which are asked for `waitMs` (3 s) at most. Rejects with NOT_FOUND. */
  job(jobId: string, options: { signal: AbortSignal; waitMs?: number }): Promise<JobView>
  /** The job's events from now on, beginning with its present state; ends after it closed. */
  follow(jobId: string, options: { signal: AbortSignal }): AsyncIterable<JobEvent>
  /** A blob by content id, from this peer or others; `undefined` if nobody has it. */
  blob(cid: string, options: { signal: AbortSignal }): Promise<Uint8Array | undefined>
  why(jobId: string, options: { signal: AbortSignal }): Promise<WhyView>
  /** Founder only: a token with which another peer joins. Rejects with NOT_PERMITTED elsewhere. */
  invite(options: { ttlMs: number; uses: number }): Promise<string>
  /** The network's 32-byte signing domain, and its id: what a wallet needs to sign a job. */
  signing(): { readonly domain: Uint8Array; readonly network: string }
  /** Problem with a job's engine parameters as far as this peer's executors know the engine: a sentence, or `undefined`. */
  validateEngine(
    engine: string,
    params: Readonly<Record<string, string | number | readonly string[]>>,
    paths: readonly string[],
  ): string | undefined
}
