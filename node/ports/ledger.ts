/** Who are members, what wallets can spend, and where certified spending is settled. */
import type { JobProof } from '#protocol/account/state.ts'
import type { SignedHeader } from '#protocol/agreement/effects.ts'
import type { Totals } from '#protocol/credits/totals.ts'
import type { Header } from '#protocol/wire/header.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import type { LedgerView } from '../core/effects.ts'

/**
 * The ledger. Never on the work path: it answers from what it last knew, and what is brought to it may take its time.
 */
export interface Ledger extends LedgerView {
  /** `roster` or `solana`. */
  readonly kind: string
  /** Network id, for example `roster:<founder key>`. */
  readonly networkId: string
  /** Program id in every header's domain: 32 bytes, zero on a roster. */
  readonly programId: Uint8Array
  /** Begins to follow the ledger; what was known before is known at once. Rejects if that can never work. */
  start(events: LedgerEvents): Promise<void>
  /** Idempotent; no event comes after it. */
  stop(): Promise<void>
  /**
   * Brings a certified header to the ledger: earnings on a roster, a settlement on Solana. The caller has verified the
   * certificate and that `totals` are the header's. `signatures` are the witnesses' over the header's 160 bytes;
   * `jobsAndMeta` is the sibling of the totals' root in its state root (32 bytes), `end` the proof that a one-job
   * account's job is over. Returns at once, never throws; best effort, idempotent, in any order.
   */
  offerHeader(
    header: Header,
    totals: Totals,
    signatures: ReadonlyMap<PeerKey, Uint8Array>,
    jobsAndMeta: Uint8Array,
    end?: JobProof,
  ): void
  /**
   * Two headers of one account, epoch and height, both signed by `peer`: a ledger with stake takes it away. Returns at
   * once, never throws; best effort, idempotent.
   */
  offerEvidence?(peer: PeerKey, headers: readonly [SignedHeader, SignedHeader]): void
  /** A ledger message from another peer (a newer roster, for example). Its bytes may be anything; never throws. */
  receive(from: PeerKey, message: Uint8Array): void
}

/** What the ledger tells the peer. Called from its own callbacks: the receiver must only queue. */
export interface LedgerEvents {
  /** The registry or some funds changed. May come without a change. */
  changed(): void
  /** Ask the network to carry a ledger message to all connected peers, or to one; best effort. */
  send(to: PeerKey | 'all', message: Uint8Array): void
}
