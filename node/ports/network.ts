/** Frames between peers, gossip, and records that are found later. */
import type { Offence, Standing } from '#node/core/effects.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'

/** See the core's effects: how much a peer is trusted with, and what no honest peer does. */
export type { Offence, Standing }

/** Two kinds of traffic, each on its own warm stream per pair of peers, so that a 4 MiB input never delays a vote. */
export type Channel = 'control' | 'bulk'

/** What the network tells the peer. Called from network callbacks: the receiver must only queue. Must not throw. */
export interface NetworkEvents {
  /** `from` is authenticated (noise). `frame` is at most `limits.frameBytes` long. */
  message(from: PeerKey, channel: Channel, frame: Uint8Array): void
  /** A gossip message from `from` (its signed author); deduplicated. */
  gossip(topic: string, from: PeerKey, data: Uint8Array): void
  /** The first connection to `peer` is open. */
  connected(peer: PeerKey): void
  /** The last one is closed. */
  disconnected(peer: PeerKey): void
}

/**
 * The network. Delivery is best effort: frames between two peers on one channel arrive in order or not at all while a
 * connection lasts; a lost connection loses frames silently. Repair is the protocol's business.
 */
export interface Network {
  /** This peer's own key: what its connections authenticate it as. */
  readonly self: PeerKey
  /** Begins to listen and to dial. Rejects with a `WeftError` if it cannot listen. */
  start(events: NetworkEvents): Promise<void>
  /** Closes all connections; no event comes after it. Idempotent. */
  stop(): Promise<void>
  /**
   * Sends one frame over the pair's warm stream, dialling if there is none yet (addresses from bootstrap, cache, mDNS,
   * DHT). Never throws and never blocks: beyond `limits.sendQueueBytes` queued towards one peer, or if it cannot be
   * reached, the frame is dropped. Returns false if it was dropped at once.
   */
  send(to: PeerKey, channel: Channel, frame: Uint8Array): boolean
  /** Gossips to a topic; best effort, never throws. At most `limits.gossipBytes`. */
  publish(topic: string, data: Uint8Array): void
  /** Hears what is published on a topic from then on. */
  subscribe(topic: string): void
  /** What is read from `peer` is bounded as `standing` allows from now on; a peer that was not named is a stranger. */
  setStanding(peer: PeerKey, standing: Standing): void
  /**
   * `peer` did what no honest peer does. Few of them in a row close its connections and refuse new ones for a time that
   * grows; a `witness` is only read from more slowly.
   */
  recordOffence(peer: PeerKey, offence: Offence): void
  /** Peers with an open connection, in the order of their keys. */
  connections(): readonly PeerKey[]
  /** Addresses under which this peer can be reached: multiaddrs ending in `/p2p/<peer id>`. */
  addresses(): readonly string[]
  /** Adds an address to dial: a multiaddr. What cannot be dialled is ignored. */
  addAddress(address: string): void
  /**
   * Stores a record in the DHT under `key`. The record's value, at most `limits.dhtRecordBytes`, begins with a u64
   * big-endian sequence number; peers refuse one lower than the highest that they saw, also across restarts. Resolves
   * to the number of peers that took it; never rejects.
   */
  dhtPut(key: string, value: Uint8Array, options: { signal: AbortSignal }): Promise<number>
  /** The newest record found, which anybody may have written, or `undefined`; never rejects. */
  dhtGet(key: string, options: { signal: AbortSignal }): Promise<Uint8Array | undefined>
}
