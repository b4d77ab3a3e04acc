/**
 * A lease as its holder sees it: the right to run, which is good only as long as q witnesses confirm that they heard of
 * it.
 */
import { limits } from '#protocol/limits.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import { asMonotonic, asNumber, elapsedMs, later, type MonotonicMs } from '../time.ts'

/** A renewal that asked for an answer. */
export interface Renewal {
  readonly sentMs: MonotonicMs
  /** Witnesses that confirmed it. */
  readonly by: Set<PeerKey>
}

/** The right to run, as its holder sees it: by its own timer, from the moment at which it sent what was confirmed. */
export interface Lease {
  /** When the next renewal is sent; moves on with each. */
  renewAtMs: MonotonicMs
  /** When a renewal last asked for an answer; `undefined` before the first does. */
  askedMs: MonotonicMs | undefined
  /** When the newest renewal that q witnesses confirmed was sent; at first, when the lease began here. Only grows. */
  heldSinceMs: MonotonicMs
  /** By token, the newest few that asked for an answer, oldest first. */
  readonly renewals: Map<number, Renewal>
}

/** A lease that was not confirmed for this share of its time is given up: before its witnesses give the seat away. */
const STOP_SHARE = 0.9

/** A lease that begins now. A run that is over by `limits.renewFirstMs` needs no renewal. */
export function newLease(nowMs: MonotonicMs): Lease {
  const renewAtMs = nextRenewalMs(later(nowMs, limits.renewFirstMs))
  return { renewAtMs, askedMs: undefined, heldSinceMs: nowMs, renewals: new Map() }
}

/** The next multiple of `limits.renewEveryMs` after `nowMs`: renewals of all accounts share their packets. */
export function nextRenewalMs(nowMs: MonotonicMs): MonotonicMs {
  return asMonotonic((Math.floor(asNumber(nowMs) / limits.renewEveryMs) + 1) * limits.renewEveryMs)
}

/** True if the next renewal is to ask for an answer: so that the holder knows now and then that it still holds. */
export function asksForAnswer({ askedMs }: Lease, nowMs: MonotonicMs): boolean {
  return askedMs === undefined || elapsedMs({ from: askedMs, to: nowMs }) >= limits.renewAnswerMs
}

/** When a lease that is not confirmed again is given up. */
export function heldUntilMs({ heldSinceMs }: Lease): MonotonicMs {
  return later(heldSinceMs, limits.leaseMs * STOP_SHARE)
}
