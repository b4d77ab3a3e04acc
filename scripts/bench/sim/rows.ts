/** Rows of the simulator's benchmark. */
import { type Scenario, scenarioSchema } from '#sim/scenario.ts'
import { type Row, round } from '../row.ts'

export const everywhere = ['eu', 'us-east', 'us-west', 'asia', 'south-america', 'oceania']

/** A scenario without jobs and faults, over six regions, but for `changes`. */
export function scenario(changes: Record<string, unknown>): Scenario {
  return scenarioSchema.parse({ settle: 0, jobs: [], regions: everywhere, ...changes })
}

/** What was measured, in `unit`. */
interface Figure {
  readonly value: number
  readonly unit: string
  /** 0: there is none. */
  readonly goal?: number
  /** True if the goal is an upper bound. */
  readonly less?: boolean
  readonly baseline?: number
  readonly spread?: string
  /** What it was measured on, or what holds it back. */
  readonly note?: string
}

/** The row of one figure. Its goal is met if there is none. */
export function figure(what: string, measured: Figure): Row {
  const { value, unit, goal = 0, baseline = 0, less = false, spread = '', note } = measured
  const met = goal === 0 || (less ? value <= goal : value >= goal)
  const ratio = baseline === 0 ? 0 : round(value / baseline)
  const row = { what, value: round(value), unit, spread, goal, met, baseline: round(baseline), ratio }
  return note === undefined ? row : { ...row, note }
}

/** A row that says why it has no figure. */
export function missing(what: string, why: string): Row {
  return { ...figure(what, { value: Number.NaN, unit: '' }), met: false, note: `not measured: ${why}` }
}
