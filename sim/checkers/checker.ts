/** What a checker is: it sees every certified entry once, and the end. It shares no code with what it checks, where that is possible. */

import type { Rules } from '#protocol/account/draft.ts'
import type { AccountState } from '#protocol/account/state.ts'
import type { Certificate } from '#protocol/agreement/certificate.ts'
import type { Bodies, Entry } from '#protocol/agreement/entry.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'

/** A broken property. */
export interface Violation {
  readonly property: string
  /** Virtual milliseconds. */
  readonly atMs: number
  readonly account: WalletKey
  readonly detail: string
}

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
  readonly atMs: number
}

/** One property. `entry` returns what is broken, in one sentence each. */
export interface Checker {
  readonly property: string
  entry?(certified: CertifiedEntry): Iterable<string>
}
