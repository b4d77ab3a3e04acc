/** What both networks are asked to do, and what is measured of each. */

/** The same for real and simulated peers. */
export interface Script {
  readonly peers: number
  /** Round trips of a 200-byte frame between drawn pairs. */
  readonly echoes: number
  /** Published offers, by one peer after another. */
  readonly messages: number
  /** No-op jobs with three replicas, one at a time. */
  readonly jobs: number
}

export const script: Script = { peers: 20, echoes: 500, messages: 60, jobs: 40 }

/** Times in milliseconds. */
export interface Measured {
  /** From publishing an offer to each peer that hears of it. */
  readonly spread: readonly number[]
  readonly echo: readonly number[]
  /** From posting to the certified admission, which gives out the tickets. */
  readonly placed: readonly number[]
  /** From there to the proven result in the poster's hands. */
  readonly verified: readonly number[]
  /** CPU time of all processes. */
  readonly cpuPerJobMs: number
}
