/** Rows of the simulator's benchmark. */
import { type Scenario, scenarioSchema } from '#sim/scenario.ts'
import { type Row, round } from '../row.ts'

export const everywhere = ['eu', 'us-east', 'us-west', 'asia', 'south-america', 'oceania']

/** A scenario without jobs and faults, over six regions, but for `changes`. */
export function scenario(changes: Record<string, unknown>): Scenario {
  return scenarioSchema.parse({ settle: 0, jobs: [], regions: everywhere, ...changes })
}

/**
 * One figure; `goal` 0 is none. `less`: the goal is an upper bound. `note`: what it was measured on, or what holds it
 * back.
 */
export function figure(
  what: string,
  value: number,
  unit: string,
  options: { goal?: number; baseline?: number; less?: boolean; spread?: string; note?: string } = {},
): Row {
  const { goal = 0, baseline = 0, less = false, spread = '', note } = options
  const met = goal === 0 || (less ? value <= goal : value >= goal)
  const ratio = baseline === 0 ? 0 : round(value / baseline)
  const row = { what, value: round(value), unit, spread, goal, met, baseline: round(baseline), ratio }
  return note === undefined ? row : { ...row, note }
}

/** A row that says why it has no figure. */
export function missing(what: string, why: string): Row {
  return { ...figure(what, Number.NaN, ''), met: false, note: `not measured: ${why}` }
}
