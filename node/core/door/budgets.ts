/**
 * What a connection may cost for nothing, and what it may be answered with. Work for a frame is charged to the
 * connection that brought it *before* it is done, and given back when it turns out to be of use: an input that was new,
 * relevant and signed by whom it names. So an honest peer is not held back however much it says, and a hostile one
 * costs its share and no more (DESIGN, section 6). Token buckets (RFC 2697) on the monotonic clock; costs are estimates
 * in microseconds of a slow core, never measured times, so that the simulator decides as the daemon does.
 */
import { dropOldest } from '#protocol/drop-oldest.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import type { Standing } from '../effects.ts'
import { elapsedMs, type MonotonicMs } from '../time.ts'

/** Estimated costs of what a frame can make this peer do, microseconds. */
export const costs = {
  /** A frame is queued, and what it claims to be is looked at. */
  frame: 20,
  /** A KiB is decoded, hashed and its shape checked. */
  decodeKiB: 16,
  /** One Ed25519 verification. */
  signature: 110,
  /** An answer from memory: a proof, a head. */
  answer: 150,
} as const

/** What an answer from memory counts as: a stranger gets 16 a second, a member 512. */
export const ANSWER_BYTES_MIN = 65_536

/** A bucket that gains `perSecond` and holds `burst` at most. It begins full. */
class Bucket {
  #left: number
  #atMs: MonotonicMs

  constructor(burst: number, now: MonotonicMs) {
    this.#left = burst
    this.#atMs = now
  }

  take(
    amount: number,
    rate: { readonly perSecond: number; readonly burst: number; readonly now: MonotonicMs },
  ): boolean {
    const gained = (elapsedMs({ from: this.#atMs, to: rate.now }) / 1_000) * rate.perSecond
    this.#left = Math.min(rate.burst, this.#left + gained)
    this.#atMs = rate.now
    if (this.#left < amount) return false
    this.#left -= amount
    return true
  }

  giveBack(amount: number): void {
    this.#left += amount
  }
}

/** Of every connection, the last {@link limits.budgetsRemembered} used. This peer itself has no bounds. */
export class Budgets {
  readonly #self: PeerKey
  readonly #now: () => MonotonicMs
  readonly #waste = new Map<PeerKey, Bucket>()
  readonly #answers = new Map<PeerKey, Bucket>()

  constructor(self: PeerKey, now: () => MonotonicMs) {
    this.#self = self
    this.#now = now
  }

  /** Charges work for `peer` before it is done; false if its share is used up: what it says is dropped. */
  charge(peer: PeerKey, costUs: number): boolean {
    if (peer === this.#self) return true
    const { wasteUsPerSecond: perSecond, wasteBurstUs: burst } = limits
    return this.#bucket(this.#waste, peer, burst).take(costUs, { perSecond, burst, now: this.#now() })
  }

  /** The work was of use. */
  giveBack(peer: PeerKey, costUs: number): void {
    this.#waste.get(peer)?.giveBack(costUs)
  }

  /**
   * Charges an answer of `bytes` to `peer`, a small one as {@link ANSWER_BYTES_MIN}; false if it has had its share: it
   * is not answered.
   */
  answer(peer: PeerKey, bytes: number, standing: Standing): boolean {
    if (peer === this.#self) return true
    const times = standing === 'stranger' ? 1 : limits.memberAnswerTimes
    const perSecond = limits.answerBytesPerSecond * times
    const burst = limits.answerBurstBytes * times
    return this.#bucket(this.#answers, peer, burst).take(Math.max(bytes, ANSWER_BYTES_MIN), {
      perSecond,
      burst,
      now: this.#now(),
    })
  }

  #bucket(buckets: Map<PeerKey, Bucket>, peer: PeerKey, burst: number): Bucket {
    const bucket = buckets.get(peer) ?? new Bucket(burst, this.#now())
    buckets.delete(peer)
    buckets.set(peer, bucket)
    dropOldest(buckets, limits.budgetsRemembered)
    return bucket
  }
}

/** The cost of decoding `bytes`, microseconds. */
export function decodeCostUs(bytes: number): number {
  return costs.frame + Math.ceil(bytes / 1_024) * costs.decodeKiB
}
