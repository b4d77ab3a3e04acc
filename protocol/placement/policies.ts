/**
 * Placement policies: integer weights over the points of `score.ts`. A point of price or finish is a sixteenth of a doubling,
 * so the weights say how many times dearer a peer may be for being so many times faster (the weighted product model,
 * P. W. Bridgman, Dimensional Analysis, 1922).
 */

/** Whole numbers from 0 to 64. */
export interface PolicyWeights {
  readonly price: number
  readonly finish: number
  readonly load: number
}

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

export type PolicyName = keyof typeof policies

/** The policy that a job gets if it names none. */
export const DEFAULT_POLICY: PolicyName = 'balanced'

export function isPolicy(name: string): name is PolicyName {
  return Object.hasOwn(policies, name)
}

/** Weights of the named policy; those of {@link DEFAULT_POLICY} for a name that these rules do not know. */
export function weightsOf(name: string): PolicyWeights {
  return policies[isPolicy(name) ? name : DEFAULT_POLICY]
}
