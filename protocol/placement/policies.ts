/**
 * Placement policies: integer weights over the points of `score.ts`. A point of price or finish is a sixteenth of a
 * doubling, so the weights say how many times dearer a peer may be for being so many times faster (the weighted product
 * model, P. W. Bridgman, Dimensional Analysis, 1922).
 */

/** How much each term of a score weighs: whole numbers from 0 to 64, so that a score stays below 2^31. */
export interface PolicyWeights {
  /** Of the points of the peer's price. */
  readonly price: number
  /** Of those of the predicted finish. */
  readonly finish: number
  /** Of those of its busy slots. */
  readonly load: number
}

/** The policies that a job can name. Certified: another weight is another rules version. */
export const policies = {
  /** Twice the price is as bad as twice the time; half-empty peers before nearly full ones. */
  balanced: { price: 2, finish: 2, load: 1 },
  /** Price decides unless it is within about 5 %; twice the time weighs like a sixteenth of a doubling of the price. */
  cheapest: { price: 16, finish: 1, load: 1 },
  /** Predicted finish decides; price and load among about equals. */
  fastest: { price: 1, finish: 16, load: 4 },
  /** Any peer that fits, the emptiest first: work goes round the whole network. */
  spread: { price: 0, finish: 0, load: 1 },
} as const satisfies Record<string, PolicyWeights>

/** A key of {@link policies}. */
export type PolicyName = keyof typeof policies

/** The policy that a job gets if it names none. */
export const DEFAULT_POLICY: PolicyName = 'balanced'

/** True for the name of a policy of these rules. */
export function isPolicy(name: string): name is PolicyName {
  return Object.hasOwn(policies, name)
}

/** Weights of the named policy; those of {@link DEFAULT_POLICY} for a name that these rules do not know. */
export function weightsOf(name: string): PolicyWeights {
  return policies[isPolicy(name) ? name : DEFAULT_POLICY]
}
