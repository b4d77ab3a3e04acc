/**
 * What the reference hands to every checker and observer: one step of an account's log, with all that it was computed
 * from.
 */
import type { Rules } from '#protocol/account/draft.ts'
import type { AccountState } from '#protocol/account/state.ts'
import type { Certificate } from '#protocol/agreement/certificate.ts'
import type { Bodies, Entry } from '#protocol/agreement/entry.ts'
import type { PlacementRequest } from '#protocol/placement/eligible.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'

/** A certified entry, recomputed. */
export interface CertifiedEntry {
  readonly account: WalletKey
  readonly height: number
  readonly entry: Entry
  readonly bodies: Bodies
  readonly certificate: Certificate
  readonly before: AccountState
  readonly after: AccountState
  readonly rules: Rules
  /** Every placement decision that the entry took, by job. */
  readonly placements: ReadonlyMap<string, PlacementRequest>
  readonly atMs: number
}
