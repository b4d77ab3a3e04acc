/** What was read from whom: bytes and frames against the budgets of each peer and of strangers together. */
import type { Standing } from '#node/ports/network.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import { type Budget, budgets, strangers } from './budgets.ts'
import { BoundedMap, TokenBucket } from './rate.ts'
import { bounds } from './settings.ts'

/** One peer's buckets: its budget, and what it is assured of while it is a stranger. */
interface Buckets {
  readonly bytes: TokenBucket
  readonly frames: TokenBucket
  readonly assuredBytes: TokenBucket
  readonly assuredFrames: TokenBucket
}

/** Keeps the buckets by key: a peer that reconnects finds them as it left them. Time is passed in, in milliseconds. */
export class Usage {
  readonly #peers = new BoundedMap<PeerKey, Buckets>(bounds.peersRemembered)
  readonly #strangersBytes: TokenBucket
  readonly #strangersFrames: TokenBucket

  constructor(nowMs: number) {
    const { bytesPerSecond, bytesBurst, framesPerSecond, framesBurst } = strangers
    this.#strangersBytes = new TokenBucket({ perSecond: bytesPerSecond, burst: bytesBurst }, nowMs)
    this.#strangersFrames = new TokenBucket({ perSecond: framesPerSecond, burst: framesBurst }, nowMs)
  }

  /** The budget of `peer` changes; what it has used stays used. */
  setStanding(peer: PeerKey, standing: Standing, nowMs: number): void {
    const known = this.#peers.get(peer)
    known?.bytes.setRate(bytesOf(budgets[standing]), nowMs)
    known?.frames.setRate(framesOf(budgets[standing]), nowMs)
  }

  /** Notes bytes that were read; returns for how many milliseconds nothing more is to be read from the peer. */
  chargeBytes(peer: { key: PeerKey; standing: Standing }, bytes: number, nowMs: number): number {
    const buckets = this.#of(peer.key, peer.standing, nowMs)
    const pauseMs = Math.max(buckets.bytes.charge(bytes, nowMs), buckets.frames.charge(0, nowMs))
    if (peer.standing !== 'stranger') return pauseMs
    const shared = this.#strangersBytes.take(bytes, nowMs)
    return Math.max(pauseMs, buckets.assuredBytes.charge(shared ? 0 : bytes, nowMs))
  }

  /** True if one more frame may be handed on. A witness's always: it pauses instead, see {@link chargeBytes}. */
  takeFrame(peer: { key: PeerKey; standing: Standing }, nowMs: number): boolean {
    const buckets = this.#of(peer.key, peer.standing, nowMs)
    if (peer.standing === 'witness') {
      buckets.frames.charge(1, nowMs)
      return true
    }
    if (!buckets.frames.take(1, nowMs)) return false
    if (peer.standing !== 'stranger') return true
    return this.#strangersFrames.take(1, nowMs) || buckets.assuredFrames.take(1, nowMs)
  }

  /** For how long the peer itself has been over its budget without a break, in milliseconds. */
  overForMs(peer: { key: PeerKey; standing: Standing }, nowMs: number): number {
    const { bytes, frames } = this.#of(peer.key, peer.standing, nowMs)
    return Math.max(bytes.overForMs(nowMs), frames.overForMs(nowMs))
  }

  #of(peer: PeerKey, standing: Standing, nowMs: number): Buckets {
    const known = this.#peers.get(peer)
    if (known !== undefined) return known
    const { assuredBytesPerSecond, assuredBytesBurst, assuredFramesPerSecond, assuredFramesBurst } = strangers
    const buckets: Buckets = {
      bytes: new TokenBucket(bytesOf(budgets[standing]), nowMs),
      frames: new TokenBucket(framesOf(budgets[standing]), nowMs),
      assuredBytes: new TokenBucket({ perSecond: assuredBytesPerSecond, burst: assuredBytesBurst }, nowMs),
      assuredFrames: new TokenBucket({ perSecond: assuredFramesPerSecond, burst: assuredFramesBurst }, nowMs),
    }
    this.#peers.set(peer, buckets)
    return buckets
  }
}

function bytesOf({ bytesPerSecond, bytesBurst }: Budget): { perSecond: number; burst: number } {
  return { perSecond: bytesPerSecond, burst: bytesBurst }
}

function framesOf({ framesPerSecond, framesBurst }: Budget): { perSecond: number; burst: number } {
  return { perSecond: framesPerSecond, burst: framesBurst }
}
