/**
 * Gossip: signed messages to a topic. `from` is the author whose signature gossipsub checked, whoever passed the
 * message on.
 */
import { isIP } from 'node:net'
import { type GossipSub, type GossipSubComponents, gossipsub, type Message } from '@libp2p/gossipsub'
import type { Stream } from '@libp2p/interface'
import { peerIdFromString } from '@libp2p/peer-id'
import type { Log } from '#node/ports/log.ts'
import type { NetworkEvents } from '#node/ports/network.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerGuard } from './guard.ts'
import { keyOfPeer } from './identity.ts'
import { TokenBucket } from './rate.ts'
import { watched } from './registrar.ts'
import { bounds } from './settings.ts'
import { throttle } from './throttle.ts'

/** The gossipsub service with our bounds and scores. */
export function gossipService(guard: PeerGuard): (components: GossipSubComponents) => GossipSub {
  const create = gossipsub({
    globalSignaturePolicy: 'StrictSign',
    emitSelf: false,
    fallbackToFloodsub: false,
    allowPublishToZeroTopicPeers: true,
    ignoreDuplicatePublishError: true,
    floodPublish: true,
    // A message that was seen is not delivered again for two minutes: as long as an offer lives.
    seenTTL: limits.offerTtlMs,
    maxInboundDataLength: bounds.gossipRpcBytes,
    maxOutboundBufferSize: limits.sendQueueBytes,
    scoreParams: {
      appSpecificScore: (peer) => -10 * guard.offencesOf(keyOfPeer(peerIdFromString(peer)) ?? ''),
      appSpecificWeight: 1,
      IPColocationFactorWeight: -1,
      IPColocationFactorThreshold: 32,
      IPColocationFactorWhitelist: new PrivateAddresses(),
    },
  })
  return ({ privateKey, peerId, peerStore, registrar, connectionManager, logger }) => {
    const bounded = watched(registrar, (stream) => bound(stream, guard))
    return create({ privateKey, peerId, peerStore, registrar: bounded, connectionManager, logger })
  }
}

/** Topics of one network on one node. */
export class Gossip {
  readonly #pubsub: GossipSub
  readonly #prefix: string
  readonly #budget: TokenBucket
  readonly #log: Log

  constructor(parts: { pubsub: GossipSub; hash: string; log: Log }) {
    this.#pubsub = parts.pubsub
    this.#prefix = `/weft/${parts.hash}/`
    this.#log = parts.log
    const rate = { perSecond: bounds.publishBytesPerSecond, burst: bounds.publishBurstBytes }
    this.#budget = new TokenBucket(rate, performance.now())
  }

  /** Hands what arrives to `events`. */
  start(events: NetworkEvents, guard: PeerGuard): void {
    this.#pubsub.addEventListener('message', ({ detail }) => {
      const from = authorOf(detail)
      if (from === undefined || !detail.topic.startsWith(this.#prefix) || detail.data.length > limits.gossipBytes)
        return
      guard.counters.gossipReceived++
      events.gossip(detail.topic.slice(this.#prefix.length), from, new Uint8Array(detail.data))
    })
  }

  subscribe(topic: string): void {
    this.#pubsub.subscribe(this.#prefix + topic)
  }

  /** Best effort: a message that is too large or cannot be sent is logged and dropped. */
  publish(topic: string, data: Uint8Array): void {
    if (data.length > limits.gossipBytes) {
      this.#log.warn({ topic, bytes: data.length }, 'gossip too large, dropped')
      return
    }
    if (!this.#budget.take(data.length, performance.now())) {
      this.#log.debug({ topic, bytes: data.length }, 'gossip beyond our own rate, dropped')
      return
    }
    this.#pubsub
      .publish(this.#prefix + topic, data)
      .catch((cause: unknown) => this.#log.debug({ topic, err: cause }, 'gossip not sent'))
  }
}

/**
 * Stops reading from a connection that gossips faster than its share, before anything is decoded; flow control slows
 * the sender. Beside the peer's budget, because each message costs a signature.
 */
function bound(stream: Stream, guard: PeerGuard): void {
  const rate = { perSecond: bounds.gossipBytesPerSecond, burst: bounds.gossipBurstBytes }
  const bucket = new TokenBucket(rate, guard.now())
  throttle(stream, {
    charge: (bytes) => bucket.charge(bytes, guard.now()),
    paused: () => {
      guard.counters.gossipPauses++
    },
  })
}

function authorOf(message: Message): string | undefined {
  return message.type === 'signed' ? keyOfPeer(message.from) : undefined
}

/** Addresses on which many peers are no sign of a Sybil: loopback, private, link-local. gossipsub asks only `has`. */
class PrivateAddresses extends Set<string> {
  override has(address: string): boolean {
    if (isIP(address) === 6)
      return /^(::1$|f[cd]|fe[89ab])/i.test(address) || address.toLowerCase().startsWith('::ffff:')
    return /^(127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.)/.test(
      address,
    )
  }
}
