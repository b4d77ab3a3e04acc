/** What a checker is: it sees every certified entry once, what peers say, each second, and the end. It shares no code with what it checks, where that is possible. */

import type { Effect, Event } from '#node/core/effects.ts'
import type { Rules } from '#protocol/account/draft.ts'
import type { AccountState } from '#protocol/account/state.ts'
import type { Certificate } from '#protocol/agreement/certificate.ts'
import type { Bodies, Entry } from '#protocol/agreement/entry.ts'
import type { PlacementRequest } from '#protocol/placement/eligible.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { SimPeer } from '../world/peer.ts'
import type { World } from '../world/world.ts'
import type { Reference } from './reference.ts'

/** A broken property. */
export interface Violation {
  readonly property: string
  /** Virtual milliseconds. */
  readonly atMs: number
  /** Empty if it is not about one account. */
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
  /** Every placement decision that the entry took, by job. */
  readonly placements: ReadonlyMap<string, PlacementRequest>
  readonly atMs: number
}

/** Where a checker looks besides the entries. */
export interface Scene {
  readonly world: World
  readonly reference: Reference
}

/** One property. Each function returns what is broken, in one sentence each. */
export interface Checker {
  readonly property: string
  entry?(certified: CertifiedEntry): Iterable<string>
  heard?(peer: SimPeer, event: Event): Iterable<string>
  said?(peer: SimPeer, effects: readonly Effect[]): Iterable<string>
  /** A frame leaves a peer for the network. */
  sent?(peer: SimPeer, frame: Uint8Array): Iterable<string>
  /** Each virtual second. */
  second?(scene: Scene): Iterable<string>
  end?(scene: Scene): Iterable<string>
}
