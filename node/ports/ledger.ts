import type { JobProof } from '#protocol/account/state.ts'
import type { SignedHeader } from '#protocol/agreement/effects.ts'
import type { Totals } from '#protocol/credits/totals.ts'
import type { RegistryView } from '#protocol/membership/registry.ts'
import type { Header } from '#protocol/wire/header.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'

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
