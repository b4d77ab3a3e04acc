/**
 * What a running peer answers to its gateway. Values are those of the API's shapes (amounts as decimal text, contents
 * by id); what is base64 on the wire is bytes here.
 */
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { AccountView } from '../api/accounts.ts'
import type { ChainItem } from '../api/chain.ts'
import type { JobEvent, JobView } from '../api/job-view.ts'
import type { EngineCheck, Submission } from '../api/jobs.ts'
import type { InviteTerms, PeerInfo, PeerSummary } from '../api/network.ts'
import type { WhyView } from '../api/why.ts'

/** Events of the network's programs on chain. */
export interface ChainEvents {
  readonly networkId: string
  /** Events from chain slot `since` on, then `live`, then, with `follow`, changes as they come. */
  follow(options: {
    readonly since: number
    readonly follow: boolean
    readonly signal: AbortSignal
  }): AsyncIterable<ChainItem>
}

/** The peer as its gateway knows it. Each method that waits takes a signal, and rejects with its reason. */
export interface PeerApi {
  /** Events on chain; `undefined` where the ledger is none. */
  readonly chainEvents?: ChainEvents | undefined
  /** How this peer is, from memory. */
  info(): PeerInfo
  /** The members, this peer among them, with the newest offer of each. */
  peers(): readonly PeerSummary[]
  /** Names of the engines that this peer was set up with, also of those whose self-test is not over or failed. */
  knownEngines(): readonly string[]
  /** Asks the account's witnesses. Rejects with NO_COMMITTEE if too few answer. */
  account(wallet: WalletKey, options: { signal: AbortSignal }): Promise<AccountView>
  /**
   * Posts a signed job (the raw envelope of kind `job`) with its input blobs. Resolves when the admission is certified:
   * from then on the job is never lost. Rejects with a WeftError (SEQ_TAKEN, CREDITS_SHORT, …).
   */
  submit(job: Submission, options: { signal: AbortSignal }): Promise<JobView>
  /** Posts a signed cancellation (raw envelope of kind `cancel`); resolves when the job is closed. */
  cancel(envelope: Uint8Array, options: { signal: AbortSignal }): Promise<JobView>
  /** Jobs that this peer knows: as witness, replica or poster. Newest first. */
  jobs(filter: { account?: WalletKey; limit: number }): Promise<readonly JobView[]>
  /**
   * The job from this peer's own log or store, or from other peers, which are asked for `waitMs` (3 s) at most. Rejects
   * with NOT_FOUND.
   */
  job(jobId: string, options: { signal: AbortSignal; waitMs?: number }): Promise<JobView>
  /** The job's events from now on, beginning with its present state; ends after it closed. */
  follow(jobId: string, options: { signal: AbortSignal }): AsyncIterable<JobEvent>
  /** A blob by content id, from this peer or others; `undefined` if nobody has it. */
  blob(cid: string, options: { signal: AbortSignal }): Promise<Uint8Array | undefined>
  /** Why the job was placed where it was. Rejects with NOT_FOUND. */
  why(jobId: string, options: { signal: AbortSignal }): Promise<WhyView>
  /** Founder only: a token with which another peer joins. Rejects with NOT_PERMITTED elsewhere. */
  invite(terms: InviteTerms): Promise<string>
  /** The network's 32-byte signing domain, and its id: what a wallet needs to sign a job. */
  signing(): { readonly domain: Uint8Array; readonly network: string }
  /**
   * What is wrong with an engine's parameters, in a sentence; `undefined` if nothing is, or if the engine is not known
   * here.
   */
  validateEngine(check: EngineCheck): string | undefined
}
