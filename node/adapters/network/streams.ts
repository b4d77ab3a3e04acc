/**
 * Warm framed streams: one per pair of peers and channel, opened by whoever sends first. Both sides may open at once:
 * each writes to the stream that it has and reads from all, so nobody has to agree on which one survives.
 */
import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import type { Log } from '#node/ports/log.ts'
import type { Channel, NetworkEvents } from '#node/ports/network.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import { budgets } from './budgets.ts'
import type { PeerGuard } from './guard.ts'
import { keyOfPeer, peerOfKey } from './identity.ts'
import { Link } from './link.ts'
import { readFrames } from './read.ts'
import { bounds, channelProtocol } from './settings.ts'
import { setWindow } from './window-updates.ts'

const channels: readonly Channel[] = ['control', 'bulk']

/** What the streams are made of. */
export interface StreamParts {
  readonly node: Libp2p
  readonly self: PeerKey
  readonly hash: string
  readonly events: NetworkEvents
  readonly guard: PeerGuard
  readonly log: Log
}

/** Sends and receives frames. */
export class Streams {
  readonly #parts: StreamParts
  readonly #links = new Map<PeerKey, Link>()

  constructor(parts: StreamParts) {
    this.#parts = parts
  }

  /** Accepts the streams of others. */
  async start(): Promise<void> {
    for (const channel of channels) {
      const accept = (stream: Stream, connection: Connection): void => this.#accept(channel, stream, connection)
      const options = { maxInboundStreams: bounds.inboundStreams, runOnLimitedConnection: true }
      await this.#parts.node.handle(channelProtocol(this.#parts.hash, channel), accept, options)
    }
  }

  stop(): void {
    for (const link of this.#links.values()) link.close()
    this.#links.clear()
  }

  /** See `Network.send`. */
  send(to: PeerKey, channel: Channel, frame: Uint8Array): boolean {
    const { guard, self } = this.#parts
    const taken = to !== self && frame.length <= limits.frameBytes && this.#link(to)?.send(channel, frame) === true
    if (taken) guard.counters.framesSent++
    else guard.counters.framesDropped++
    return taken
  }

  /** A connection to `peer` is open: the one with the lower key warms up the stream that votes travel on. */
  connected(peer: PeerKey): void {
    const link = this.#link(peer)
    link?.connected()
    if (this.#parts.self < peer) link?.warm('control')
  }

  #link(peer: PeerKey): Link | undefined {
    const known = this.#links.get(peer)
    if (known !== undefined) return known
    const id = peerOfKey(peer)
    if (id === undefined) return undefined
    if (this.#links.size >= bounds.links) this.#makeRoom()
    const { node, hash, log, guard } = this.#parts
    const link = new Link({
      dial: (signal) => node.dial(id, { signal }),
      connection: () => node.getConnections(id).find((connection) => connection.status === 'open'),
      protocol: (channel) => channelProtocol(hash, channel),
      opened: (channel, stream) => this.#read(peer, channel, stream),
      dropped: (frames, cause) => {
        guard.counters.framesDropped += frames
        log.debug({ peer, frames, err: cause }, 'peer not reached, frames dropped')
      },
    })
    this.#links.set(peer, link)
    return link
  }

  // A link stays after its connection, because it remembers how long to wait before the next dial.
  #makeRoom(): void {
    for (const [peer, link] of this.#links) if (link.idle) this.#links.delete(peer)
  }

  #accept(channel: Channel, stream: Stream, connection: Connection): void {
    const peer = keyOfPeer(connection.remotePeer)
    const link = peer === undefined ? undefined : this.#link(peer)
    if (peer === undefined || link === undefined) {
      stream.abort(new Error('not an Ed25519 peer'))
      return
    }
    link.adopt(channel, stream)
    this.#read(peer, channel, stream)
  }

  /** What `peer` may have under way follows its standing. */
  standingChanged(peer: PeerKey): void {
    for (const stream of this.#links.get(peer)?.streams() ?? []) setWindow(stream, this.#windowOf(peer))
  }

  #windowOf(peer: PeerKey): number {
    return budgets[this.#parts.guard.standingOf(peer)].windowBytes
  }

  #read(peer: PeerKey, channel: Channel, stream: Stream): void {
    const { events, guard, log } = this.#parts
    setWindow(stream, this.#windowOf(peer))
    readFrames(stream, {
      maxBytes: () => guard.frameBytesMax(peer),
      reserve: (bytes) => guard.reserve(peer, bytes),
      release: (bytes) => guard.release(peer, bytes),
      frame: (frame) => {
        if (guard.admit(peer)) events.message(peer, channel, frame)
      },
      broken: (error) => {
        log.warn({ peer, channel, err: error }, 'peer broke the framing')
        guard.recordOffence(peer)
      },
    })
  }
}
