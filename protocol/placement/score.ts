/**
 * How good a peer is for a job, in points: lower is better. Price and predicted finish enter by their logarithm in
 * sixteenths of a doubling, so that differences below about 5 % are a tie (and ties are spread by the seed), and so
 * that no peer's extreme offer changes the order of the others. Everything is an integer below 2^31.
 *
 * A new term is a weight in `policies.ts` and a summand of {@link scoreOf}; what it needs of an offer is a column that
 * the offer table computes when a decision first asks for it.
 */
import type { Offer } from '../membership/offer.ts'
import { type Demands, freeSlots } from './eligible.ts'
import { type PolicyWeights, weightsOf } from './policies.ts'
import { PREDICTED_MS_MAX, runMsAt } from './predict.ts'

/** Points of a doubling, and of a peer that is wholly busy. */
const POINTS = 16

/** What one decision scores with: made once per decision, read once per row. */
export interface Scoring {
  /** The job's demands on the table whose rows are scored. */
  readonly demands: Demands
  /** Weights of the job's policy. */
  readonly weights: PolicyWeights
  /** Per row, 0 to 768: see {@link pricePoints}. */
  readonly pricePts: Int32Array
}

/** The {@link Scoring} of a job with `demands` under the named policy (the default one for an unknown name). */
export function scoringOf(demands: Demands, policy: string): Scoring {
  return { demands, weights: weightsOf(policy), pricePts: demands.table.column(pricePointsOf) }
}

/**
 * The score of the offer in `row` for the job: the sum of its points, each times its policy's weight. The only place
 * where a score is computed: `place` decides by it, `explain` shows it. Meaningful only for a row that is eligible,
 * which has a slot.
 */
export function scoreOf({ demands, weights, pricePts }: Scoring, row: number): number {
  const price = pricePts[row] ?? 0
  const finish = logPoints(finishMsOf(demands, row))
  const load = busyPoints(demands, row)
  return weights.price * price + weights.finish * finish + weights.load * load
}

/**
 * Predicted milliseconds until the job would have finished there: its run-time limit scaled by speed, plus the peer's
 * backlog; at most {@link PREDICTED_MS_MAX}.
 */
export function finishMsOf({ table, timeMs }: Demands, row: number): number {
  const runMs = runMsAt(timeMs, table.speedMilli[row] ?? 1)
  return Math.min(PREDICTED_MS_MAX, runMs + (table.backlogMs[row] ?? 0))
}

/** 0 for an idle peer to {@link POINTS} for one without a free slot, rounded down. */
function busyPoints(demands: Demands, row: number): number {
  const slots = demands.table.slots[row] ?? 1
  return Math.floor(((slots - freeSlots(demands, row)) * POINTS) / slots)
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

function pricePointsOf({ profile }: Offer): number {
  return pricePoints(Number(profile.pricePerSecond))
}
