/**
 * How regularly peers renew their leases, as this witness hears it. A peer whose renewals come like clockwork is missed soon, one whose
 * renewals came late before is waited for longer: the idea of phi accrual (Hayashibara et al. 2004) with the longest gap for a distribution.
 */
import { dropOldest } from '#protocol/drop-oldest.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'

/** Gaps between renewals of one peer in this window and in the one before it. */
interface Pulse {
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

export class Pulses {
  readonly #pulses = new Map<PeerKey, Pulse>()

  /** Takes the time between two renewals of `peer`. Times are this witness's active time. */
  beat(peer: PeerKey, gapMs: number, nowMs: number): void {
    const pulse = this.#current(peer, nowMs) ?? { sinceMs: nowMs, longestMs: 0, earlierMs: 0, gaps: 0 }
    pulse.longestMs = Math.max(pulse.longestMs, gapMs)
    pulse.gaps++
    // The one heard last is the last to be forgotten.
    this.#pulses.delete(peer)
    this.#pulses.set(peer, pulse)
    dropOldest(this.#pulses, limits.pulsesHeld)
  }

  /** How long `peer` may be silent before its leases are overdue: {@link limits.silenceMinMs} to {@link limits.leaseMs}. */
  patienceMs(peer: PeerKey, nowMs: number): number {
    const pulse = this.#current(peer, nowMs)
    if (pulse === undefined || pulse.gaps < GAPS_MIN) return limits.silenceUnknownMs
    const longestMs = Math.max(pulse.longestMs, pulse.earlierMs)
    return Math.min(limits.leaseMs, Math.max(limits.silenceMinMs, GAPS_MISSED * longestMs))
  }

  #current(peer: PeerKey, nowMs: number): Pulse | undefined {
    const pulse = this.#pulses.get(peer)
    if (pulse === undefined || nowMs < pulse.sinceMs + WINDOW_MS) return pulse
    if (nowMs >= pulse.sinceMs + 2 * WINDOW_MS) {
      this.#pulses.delete(peer)
      return undefined
    }
    pulse.earlierMs = pulse.longestMs
    pulse.longestMs = 0
    pulse.sinceMs += WINDOW_MS
    return pulse
  }
}
