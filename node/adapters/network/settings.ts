/**
 * What the libp2p adapter is given, and the bounds that are its own; bounds of the protocol are in
 * `protocol/limits.ts`.
 */

import type { Log } from '#node/ports/log.ts'
import type { Channel } from '#node/ports/network.ts'
import { limits } from '#protocol/limits.ts'
import { sha256, toHex } from '#protocol/wire/hash.ts'

/**
 * Remembers the highest sequence number of a validated record per DHT key across restarts; the composition root backs
 * it with the store.
 */
export interface Sequences {
  get(key: string): Promise<bigint | undefined>
  /** Resolves when the number would survive a restart. */
  set(key: string, sequence: bigint): Promise<void>
}

/**
 * True if `content`, a DHT record without its sequence number, proves that it belongs under `key` with just that
 * number. Whoever sent it is not known. False for kinds of keys that it does not know. Must not throw.
 */
export type ValidateRecord = (key: string, sequence: bigint, content: Uint8Array) => boolean

/** Remembers addresses of other peers across restarts: multiaddrs ending in `/p2p/<peer id>`. */
export interface CachedPeers {
  load(): Promise<string[]>
  save(addresses: string[]): Promise<void>
}

/** What `createLibp2pNetwork` needs. */
export interface Libp2pSettings {
  /** The peer's 32-byte Ed25519 seed: one key is its identity here and on the ledger. */
  readonly seed: Uint8Array
  /** Multiaddrs to listen on, for example `/ip4/0.0.0.0/tcp/9440`; port 0 picks a free one. */
  readonly listen: readonly string[]
  /** Multiaddrs of peers to join through, with or without `/p2p/<peer id>`; all of them may be down. */
  readonly bootstrap: readonly string[]
  readonly cachedPeers: CachedPeers
  /** Find peers on the local network. */
  readonly mdns: boolean
  /** Separates networks: peers of different networks share no protocol id, topic or record. */
  readonly networkId: string
  readonly sequences: Sequences
  readonly validate: ValidateRecord
  readonly log: Log
  /** Relay connections for peers behind a NAT. Off by default: it lends bandwidth. */
  readonly relayServer?: boolean
  /** Pause between two probes of a connection, in milliseconds; `bounds.probeEveryMs` unless a test is in a hurry. */
  readonly probeEveryMs?: number
  /** A monotonic clock in milliseconds for the budgets of peers; the process's own unless a test has another. */
  readonly now?: () => number
}

/** Bounds of the adapter: property B1. */
export const bounds = {
  /** Connections in all: far above a mesh of 12 and the witnesses of a few accounts. */
  connections: 400,
  /** Connections of strangers: the rest are kept for members, or keys that cost nothing would shut them out. */
  strangers: 256,
  /** Connections of one peer that it opened: one, and those before a restart that are not known to be dead yet. */
  connectionsPerPeer: 4,
  /** Inbound streams of one connection, of all protocols: 8 MiB of windows that nobody may read. */
  streamsPerConnection: 32,
  /** New inbound connections per second and address: a lab or a test has many peers behind one address. */
  inboundConnectionsPerSecond: 100,
  /** Inbound connections that have not finished their handshake. */
  pendingConnections: 128,
  /** Dials under way at once. */
  parallelDials: 32,
  /** Time to open a connection or a stream. */
  openTimeoutMs: 10_000,
  /** A stream that takes no bytes for this long is given up with what was queued. */
  stallMs: 20_000,
  /** Inbound streams per connection and channel; one is used, some overlap while reconnecting. */
  inboundStreams: 8,
  /** Streams that one peer's frames are read from, per channel: the oldest idle one makes room. */
  readers: 3,
  /**
   * Bytes handed to a stream at once: a control round trip waits for two slices of a bulk frame. 32 KiB cost no more
   * CPU than 64 KiB, 16 KiB cost 40 % more; without slices a round trip waits 60 ms.
   */
  sliceBytes: 32_768,
  /** A stream that lasted this long was a good one. */
  steadyMs: 1_000,
  /** First pause after a failed dial; doubles. */
  backoffMs: 250,
  /** The pause stops doubling here. */
  backoffMaxMs: 30_000,
  /** Known peers that are kept connected. */
  knownPeers: 128,
  /** Addresses tried per known peer. */
  addressesPerPeer: 16,
  /** Pause between two probes of a connection. */
  probeEveryMs: 20_000,
  /** Unanswered probes in a row after which a connection is dead: a minute, which a busy or paused peer survives. */
  probesUntilDead: 3,
  /** Failed dials in a row after which a peer that is not a bootstrap peer is forgotten: about ten minutes. */
  dialsBeforeForgetting: 25,
  /** Pause between two writes of the address cache. */
  saveEveryMs: 5_000,
  /**
   * Gossip bytes per second from one connection before we stop reading from it: 1,000 small messages, what one core can
   * verify.
   */
  gossipBytesPerSecond: 512 * 1_024,
  /** Gossip bytes that may come in a burst: replies to IWANT carry many messages. */
  gossipBurstBytes: 4 * 1_024 * 1_024,
  /** Our own gossip, so that no honest peer is slowed down by its neighbours. */
  publishBytesPerSecond: 256 * 1_024,
  publishBurstBytes: 2 * 1_024 * 1_024,
  /** One gossip RPC: a batch of messages. */
  gossipRpcBytes: 16 * limits.gossipBytes,
  /** DHT keys that this peer stores records of for others: 64 MiB at most. */
  recordKeys: 8_192,
  /** Life of a DHT record that is not put again. */
  recordLifeMs: 48 * 3_600_000,
  /** Bytes of DHT requests count so many times: a put of 600 bytes costs a draw and a signature, half a millisecond. */
  recordBytesTimes: 16,
  /** A frame that has begun must end within this time: 5 MiB at 1 Mbit/s take 40 s. */
  frameMs: 60_000,
  /** Offences (oversize frame, malformed frame, forged signature) in a row before a peer is barred. */
  offences: 3,
  /** How long an offence is remembered after the last one. */
  offenceMs: 60_000,
  /** How long a peer is barred the first time: its connections are closed, and new ones refused. Doubles. */
  barMs: 60_000,
  /** The longest bar. */
  barMaxMs: 64 * 60_000,
  /** After this time since the last one the next bar is a first one again. */
  barForgottenMs: 4 * 3_600_000,
  /** Peers with a send queue; those not connected and with nothing queued make room. */
  links: 1_024,
  /** Peers whose rate and offences are remembered. */
  peersRemembered: 4_096,
} as const

/** Eight hex digits that stand for a network in protocol ids, topics and the mDNS tag. */
export function networkHash(networkId: string): string {
  return toHex(sha256(new TextEncoder().encode(networkId))).slice(0, 8)
}

/** Protocol id of a channel's framed stream. */
export function channelProtocol(hash: string, channel: Channel): string {
  return `/weft/${hash}/${channel}/1`
}
