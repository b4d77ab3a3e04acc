/**
 * How good a peer is for a job, in points: lower is better. Price and predicted finish enter by their logarithm in sixteenths
 * of a doubling, so that differences below about 5 % are a tie (and ties are spread by the seed), and so that no peer's
 * extreme offer changes the order of the others. Everything is an integer below 2^31.
 */
import type { JobSpec } from '../job/spec.ts'
import type { Offer } from '../membership/offer.ts'
import type { PolicyWeights } from './policies.ts'

/** Longest prediction, milliseconds: 24 days, beyond every deadline. */
export const PREDICTED_MS_MAX = 2 ** 31 - 2
/** Points of a doubling, and of a peer that is wholly busy. */
export const POINTS = 16

/** Time that the job's run takes at most on this peer, once it runs there, milliseconds: timeMs scaled by its speed, rounded up. */
export function runMsAt(timeMs: number, speedMilli: number): number {
  return Math.min(PREDICTED_MS_MAX, Math.floor((timeMs * 1_000 + speedMilli - 1) / speedMilli))
}

/** The lowest speed for which {@link runMsAt} is at most `remainingMs`; beyond every speed if no time remains. */
export function speedMinFor(timeMs: number, remainingMs: number): number {
  if (remainingMs < 1) return Number.MAX_SAFE_INTEGER
  return remainingMs >= PREDICTED_MS_MAX ? 0 : Math.floor((timeMs * 1_000 + remainingMs - 1) / remainingMs)
}

/** Predicted milliseconds until the job has finished on this peer: its run-time limit scaled by speed, plus the peer's backlog. */
export function predictedMs(job: JobSpec, offer: Offer): number {
  return Math.min(
    PREDICTED_MS_MAX,
    runMsAt(job.requirements.timeMs, offer.profile.speedMilli) + Math.min(PREDICTED_MS_MAX, offer.load.backlogMs),
  )
}

/**
 * The logarithm of 1 + value in sixteenths of a doubling, piecewise linear, rounded down: 0 for 0, 16 for 1, 32 for 3.
 * `value` is an integer from 0 to 2^31 − 2. Monotonic.
 */
export function logPoints(value: number): number {
  const plus = (value + 1) | 0
  const exponent = 31 - Math.clz32(plus)
  const mantissa = exponent >= 4 ? plus >>> (exponent - 4) : plus << (4 - exponent)
  return exponent * POINTS + (mantissa & (POINTS - 1))
}

/** {@link logPoints} of a price, micro-credits per second below 2^48, whose low 18 bits are dropped above 2^31. */
export function pricePoints(pricePerSecond: number): number {
  const large = pricePerSecond > PREDICTED_MS_MAX
  return large ? logPoints(Math.floor(pricePerSecond / 2 ** 18)) + 18 * POINTS : logPoints(pricePerSecond)
}

/** The weighted sum of a peer's points. `busyPoints` is 0 (idle) to 16 (full). */
export function scoreOf(weights: PolicyWeights, pricePts: number, finishMs: number, busyPoints: number): number {
  return weights.price * pricePts + weights.finish * logPoints(finishMs) + weights.load * busyPoints
}
