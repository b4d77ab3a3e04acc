/** What peers may do to us: message rate, malformed frames. Counts what was refused. */
import type { Standing } from '#node/ports/network.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import { BoundedMap, TokenBucket } from './rate.ts'
import { bounds } from './settings.ts'

/** Counted since the start, for metrics and tests. */
export interface Counters {
  framesSent: number
  framesReceived: number
  /** Frames to others that were dropped: queue full, or the peer cannot be reached. */
  framesDropped: number
  /** Frames from others that were dropped unread: rate limit. */
  framesRefused: number
  /** Oversize or malformed frames. */
  offences: number
  gossipReceived: number
  gossipPauses: number
  recordsRefused: number
}

/** Judges peers by their key; a reconnecting peer does not start afresh. */
export class PeerGuard {
  readonly counters: Counters = {
    framesSent: 0,
    framesReceived: 0,
    framesDropped: 0,
    framesRefused: 0,
    offences: 0,
    gossipReceived: 0,
    gossipPauses: 0,
    recordsRefused: 0,
  }
  readonly #messages = new BoundedMap<PeerKey, TokenBucket>(bounds.peersRemembered)
  readonly #standings = new BoundedMap<PeerKey, Standing>(bounds.peersRemembered)
  readonly #offences = new BoundedMap<PeerKey, { count: number; untilMs: number }>(bounds.peersRemembered)

  /** True if one more frame of `peer` may be read. */
  admit(peer: PeerKey): boolean {
    const nowMs = performance.now()
    let bucket = this.#messages.get(peer)
    if (bucket === undefined) {
      bucket = new TokenBucket({ perSecond: limits.messagesPerSecondPerPeer, burst: limits.messageBurstPerPeer }, nowMs)
      this.#messages.set(peer, bucket)
    }
    const admitted = bucket.take(1, nowMs)
    if (admitted) this.counters.framesReceived++
    else this.counters.framesRefused++
    return admitted
  }

  /** What `peer` is trusted with: a stranger unless it was told otherwise. */
  standingOf(peer: PeerKey): Standing {
    return this.#standings.get(peer) ?? 'stranger'
  }

  /** See `Network.setStanding`. */
  setStanding(peer: PeerKey, standing: Standing): void {
    this.#standings.set(peer, standing)
  }

  /** Notes an offence of `peer`; true if it is to be disconnected. */
  recordOffence(peer: PeerKey): boolean {
    this.counters.offences++
    const nowMs = performance.now()
    const known = this.#offences.get(peer)
    const count = known !== undefined && known.untilMs > nowMs ? known.count + 1 : 1
    this.#offences.set(peer, { count, untilMs: nowMs + bounds.offenceMs })
    return this.standingOf(peer) !== 'witness' && count >= bounds.offences
  }

  /** Offences of `peer` that are not forgotten yet. */
  offencesOf(peer: PeerKey): number {
    const known = this.#offences.get(peer)
    return known !== undefined && known.untilMs > performance.now() ? known.count : 0
  }

  /** True while connections of `peer` are refused. */
  refuses(peer: PeerKey): boolean {
    return this.standingOf(peer) !== 'witness' && this.offencesOf(peer) >= bounds.offences
  }
}
