/**
 * How regularly peers renew their leases, as this witness hears it. A peer whose renewals come like clockwork is missed
 * soon, one whose renewals came late before is waited for longer: the idea of phi accrual (Hayashibara et al. 2004)
 * with the longest gap for a distribution.
 */
import { dropOldest } from '#protocol/drop-oldest.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import { type ActiveMs, later } from './time.ts'

/** Gaps between renewals of one peer, in a window of time and in the one before it. */
interface Rhythm {
  /** When the window began. */
  sinceMs: ActiveMs
  /** Longest gap in the window so far; 0 before the first. */
  longestMs: number
  /** Longest gap in the window before. */
  earlierMs: number
  /** Gaps heard since the peer is known. */
  gaps: number
}

/** So long is a gap remembered at least. */
const WINDOW_MS = 10_000
/** Fewer gaps than these tell nothing. */
const GAPS_MIN = 4
/** A peer may be silent for so many of its longest gaps. */
const GAPS_MISSED = 3

/**
 * Remembers the {@link limits.failureDetectorPeers} peers heard last, at constant cost per renewal. All times are this
 * witness's active time: a gap that it slept through itself is none.
 */
export class FailureDetector {
  readonly #rhythms = new Map<PeerKey, Rhythm>()

  /** A renewal of `peer` came now, `gapMs` after the one before. */
  heartbeat(peer: PeerKey, gapMs: number, nowMs: ActiveMs): void {
    const rhythm = this.#current(peer, nowMs) ?? { sinceMs: nowMs, longestMs: 0, earlierMs: 0, gaps: 0 }
    rhythm.longestMs = Math.max(rhythm.longestMs, gapMs)
    rhythm.gaps++
    // The one heard last is the last to be forgotten.
    this.#rhythms.delete(peer)
    this.#rhythms.set(peer, rhythm)
    dropOldest(this.#rhythms, limits.failureDetectorPeers)
  }

  /**
   * How long `peer` may be silent before its leases are overdue: {@link limits.silenceMinMs} to {@link limits.leaseMs};
   * {@link limits.silenceUnknownMs} while little is known of it.
   */
  timeoutMs(peer: PeerKey, nowMs: ActiveMs): number {
    const rhythm = this.#current(peer, nowMs)
    if (rhythm === undefined || rhythm.gaps < GAPS_MIN) return limits.silenceUnknownMs
    const longestMs = Math.max(rhythm.longestMs, rhythm.earlierMs)
    return Math.min(limits.leaseMs, Math.max(limits.silenceMinMs, GAPS_MISSED * longestMs))
  }

  #current(peer: PeerKey, nowMs: ActiveMs): Rhythm | undefined {
    const rhythm = this.#rhythms.get(peer)
    if (rhythm === undefined || nowMs < later(rhythm.sinceMs, WINDOW_MS)) return rhythm
    if (nowMs >= later(rhythm.sinceMs, 2 * WINDOW_MS)) {
      this.#rhythms.delete(peer)
      return undefined
    }
    rhythm.earlierMs = rhythm.longestMs
    rhythm.longestMs = 0
    rhythm.sinceMs = later(rhythm.sinceMs, WINDOW_MS)
    return rhythm
  }
}
