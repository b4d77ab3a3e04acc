/**
 * What a checker is: it sees every certified entry once, what peers say, each second, and the end. It shares no code
 * with what it checks, where that is possible.
 */

import type { Effect, Event } from '#node/core/effects.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { CertifiedEntry } from '../world/certified-entry.ts'
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

/** A network while it runs, and the reference that recomputes every log in it: where checkers and reports look. */
export interface Simulation {
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
  second?(simulation: Simulation): Iterable<string>
  end?(simulation: Simulation): Iterable<string>
}
