/** A peer's end of the simulated network, and what the network does wrong: what the parts of the network share. */
import type { NetworkEvents } from '#node/ports/network.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'

/** One peer on the network: its state is the network's, and changes with each frame, start and connection. */
export interface Endpoint {
  readonly key: PeerKey
  readonly index: number
  /** Index into `regions`. */
  readonly region: number
  /** `undefined` while the peer is down. */
  events: NetworkEvents | undefined
  /** Grows with each start, so that what was meant for an earlier life is dropped. */
  life: number
  startedUs: number
  /** Gossip from this number on has not been handed over yet. */
  heardTo: number
  /** True if an offer may change what this peer does: it keeps a log with an open job. */
  decides: () => boolean
  readonly connected: Set<number>
  /** When its link is free again. */
  linkFreeUs: number
  /** Last arrival by sender and channel: later frames arrive after it. */
  readonly lastUs: Map<string, number>
}

/** What the network does wrong at the moment; the faults of a scenario switch it on and off. */
export interface NetworkFaults {
  lossPpm: number
  duplicatePpm: number
  reorderPpm: number
  /** Times the usual delay. */
  delayTimes: number
  /** True if nothing gets from one peer (by index) to another. */
  blocked: (from: number, to: number) => boolean
}
