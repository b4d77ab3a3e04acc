/**
 * What one replica may cost and what it does cost. Micro-credits, rounded by `share`.
 */
import type { JobSpec } from '../job/spec.ts'
import { share } from './share.ts'

/** Shortest time that is charged, milliseconds: below it, starting the sandbox costs the peer more than the run. */
export const METER_MIN_MS = 100

const MS_PER_SECOND = 1_000n

/** Most that one replica of `job` may cost: floor(priceMax / replicas), micro-credits. */
export function replicaCap(job: Pick<JobSpec, 'priceMax' | 'replicas'>): bigint {
  return job.priceMax / BigInt(job.replicas)
}

/**
 * What a metered replica costs: min(cap, floor(pricePerSecond × ms / 1000)) micro-credits, where ms is at least
 * {@link METER_MIN_MS}. Throws RangeError if `meterMs` is not an integer.
 */
export function replicaCost(args: {
  readonly pricePerSecond: bigint
  readonly meterMs: number
  readonly cap: bigint
}): bigint {
  const ms = BigInt(Math.max(METER_MIN_MS, args.meterMs))
  const cost = share(args.pricePerSecond, ms, MS_PER_SECOND)
  return cost < args.cap ? cost : args.cap
}

/**
 * The highest price per second whose worst case, ceil(price × timeMs / 1000), stays within `cap`: the price rule of
 * placement, turned round so that a peer's price is compared with one number.
 */
export function pricePerSecondMax(args: { readonly cap: bigint; readonly timeMs: number }): bigint {
  return (args.cap * MS_PER_SECOND) / BigInt(args.timeMs)
}

/**
 * The lower median: the element at floor((length − 1) / 2) of the ascending order. While fewer than half of the values
 * are lies, it lies between two honest values. Throws RangeError for an empty list.
 */
export function lowerMedian(values: readonly number[]): number {
  const ascending = [...values].sort((a, b) => a - b)
  const median = ascending[Math.floor((ascending.length - 1) / 2)]
  if (median === undefined) throw new RangeError('the median of nothing')
  return median
}
