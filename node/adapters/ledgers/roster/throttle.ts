/** A token bucket per peer, for messages that cost something. Bounded: the peer unseen for longest is forgotten. */
import type { Clock } from '#node/ports/clock.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'

const PEERS_MAX = 2_048

interface Bucket {
  tokens: number
  atMs: number
}

export interface Throttle {
  /** True, and takes one token, if `peer` may go on. */
  allow(peer: PeerKey): boolean
}

/** Allows `burst` messages at once and `perSecond` on average from each peer. */
export function createThrottle(options: { perSecond: number; burst: number; clock: Clock }): Throttle {
  const { perSecond, burst, clock } = options
  const buckets = new Map<PeerKey, Bucket>()
  return {
    allow(peer) {
      const nowMs = clock.monotonicMs()
      const known = buckets.get(peer) ?? { tokens: burst, atMs: nowMs }
      buckets.delete(peer)
      const oldest = buckets.size >= PEERS_MAX ? buckets.keys().next().value : undefined
      if (oldest !== undefined) buckets.delete(oldest)
      const tokens = Math.min(burst, known.tokens + ((nowMs - known.atMs) * perSecond) / 1_000)
      buckets.set(peer, { tokens: tokens >= 1 ? tokens - 1 : tokens, atMs: nowMs })
      return tokens >= 1
    },
  }
}
