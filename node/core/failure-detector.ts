/**
 * How regularly peers renew their leases, as this witness hears it. A peer whose renewals come like clockwork is missed soon, one whose
 * renewals came late before is waited for longer: the idea of phi accrual (Hayashibara et al. 2004) with the longest gap for a distribution.
 */
import { dropOldest } from '#protocol/drop-oldest.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'

/** Gaps between renewals of one peer in this window and in the one before it. */
interface Rhythm {
  sinceMs: number
  longestMs: number
  earlierMs: number
  gaps: number
}

/** So long is a gap remembered at least. */
const WINDOW_MS = 10_000
/** Fewer gaps than these tell nothing. */
const GAPS_MIN = 4
/** A peer may be silent for so many of its longest gaps. */
const GAPS_MISSED = 3

export class FailureDetector {
  readonly #rhythms = new Map<PeerKey, Rhythm>()

  /** Takes the time between two renewals of `peer`. Times are this witness's active time. */
  heartbeat(peer: PeerKey, gapMs: number, nowMs: number): void {
    const rhythm = this.#current(peer, nowMs) ?? { sinceMs: nowMs, longestMs: 0, earlierMs: 0, gaps: 0 }
    rhythm.longestMs = Math.max(rhythm.longestMs, gapMs)
    rhythm.gaps++
    // The one heard last is the last to be forgotten.
    this.#rhythms.delete(peer)
    this.#rhythms.set(peer, rhythm)
    dropOldest(this.#rhythms, limits.failureDetectorPeers)
  }

  /** How long `peer` may be silent before its leases are overdue: {@link limits.silenceMinMs} to {@link limits.leaseMs}. */
  timeoutMs(peer: PeerKey, nowMs: number): number {
    const rhythm = this.#current(peer, nowMs)
    if (rhythm === undefined || rhythm.gaps < GAPS_MIN) return limits.silenceUnknownMs
    const longestMs = Math.max(rhythm.longestMs, rhythm.earlierMs)
    return Math.min(limits.leaseMs, Math.max(limits.silenceMinMs, GAPS_MISSED * longestMs))
  }

  #current(peer: PeerKey, nowMs: number): Rhythm | undefined {
    const rhythm = this.#rhythms.get(peer)
    if (rhythm === undefined || nowMs < rhythm.sinceMs + WINDOW_MS) return rhythm
    if (nowMs >= rhythm.sinceMs + 2 * WINDOW_MS) {
      this.#rhythms.delete(peer)
      return undefined
    }
    rhythm.earlierMs = rhythm.longestMs
    rhythm.longestMs = 0
    rhythm.sinceMs += WINDOW_MS
    return rhythm
  }
}
