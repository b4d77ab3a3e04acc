/**
 * One hunt: runs seeds until a property breaks, and prints what broke as one line of JSON; each seed that begins is a
 * line of its errors. Arguments: how many seeds; what they should have drawn (an attacker, a fault, a name), those that
 * have come first; seeds to leave out.
 */
import { variedScenario } from '#sim/faults/vary.ts'
import { drawn, simulate } from '#sim/simulate.ts'

/** Seeds that are looked at for what they drew: this costs next to nothing. */
const DRAWN_MAX = 2_000

const [count = '1', needs = '', left = ''] = process.argv.slice(2)
const out = new Set(left.split(',').map(Number))
const all = Array.from({ length: DRAWN_MAX }, (_, i) => i + 1).filter((seed) => !out.has(seed))
const fitting = needs === '' ? [] : all.filter((seed) => draws(seed).includes(needs))
const order = [...fitting, ...all.filter((seed) => !fitting.includes(seed))].slice(0, Number(count))
let found: { seed: number; property: string; detail: string; runs: number } | undefined
for (const [runs, seed] of order.entries()) {
  if (found !== undefined) break
  console.error(seed)
  try {
    const { summary } = await simulate({ scenario: variedScenario(seed), untilViolation: true })
    const [violation] = summary.violations
    if (violation !== undefined) found = { seed, ...violation, runs: runs + 1 }
  } catch (error) {
    found = { seed, property: 'no-crash', detail: String(error), runs: runs + 1 }
  }
}
console.log(JSON.stringify(found ?? {}))

function draws(seed: number): string[] {
  const scenario = drawn(variedScenario(seed))
  const { attackers, faults, name, authorisedMicro, peers, workload } = scenario
  const list = Array.isArray(faults) ? faults : []
  const special = [
    ...(authorisedMicro === undefined ? [] : ['more authorised than deposited']),
    ...(workload.replicas > peers ? ['more replicas than peers'] : []),
    ...(workload.deadlineMs < 10_000 ? ['short deadlines'] : []),
    ...(list.some(({ until }) => until !== undefined && until > scenario.for) ? ['somebody leaves'] : []),
  ]
  return [name, ...special, ...Object.keys(attackers), ...list.map(({ kind }) => kind)]
}
