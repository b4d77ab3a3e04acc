/**
 * How long a job takes on a peer, in whole milliseconds. The prediction is the worst case that the job itself states,
 * its limit of run time, scaled by the peer's advertised speed: what a peer may be late by is then never more than what
 * it was trusted with.
 */

import { limits } from '../limits.ts'

/** Longest prediction, milliseconds: 24 days, beyond every deadline; with it every sum of two predictions is exact. */
export const PREDICTED_MS_MAX = 2 ** 31 - 2

/**
 * Milliseconds that a run limited to `timeMs` on the reference machine takes at most on a peer of `speedMilli`
 * thousandths of its speed, once it runs there: rounded up, at most {@link PREDICTED_MS_MAX}. `speedMilli` is at least
 * 1.
 */
export function runMsAt(timeMs: number, speedMilli: number): number {
  return Math.min(PREDICTED_MS_MAX, Math.floor((timeMs * 1_000 + speedMilli - 1) / speedMilli))
}

/**
 * The lowest speed, in thousandths, for which {@link runMsAt} is at most `remainingMs`; beyond every speed if no time
 * remains. So whether a peer makes the deadline is one comparison per offer.
 */
export function speedMinFor(timeMs: number, remainingMs: number): number {
  if (remainingMs < 1) return Number.MAX_SAFE_INTEGER
  return remainingMs >= PREDICTED_MS_MAX ? 0 : Math.floor((timeMs * 1_000 + remainingMs - 1) / remainingMs)
}

/** The speed that counts of the one that a peer claims: 1 to `limits.speedMilliMax` thousandths. */
export function countedSpeed(claimedMilli: number): number {
  return Math.max(1, Math.min(limits.speedMilliMax, claimedMilli))
}
