/** One hunt: runs the seeds of its arguments one after another until a property breaks, and prints what broke as one line of JSON. */
import { variedScenario } from '#sim/faults/vary.ts'
import { simulate } from '#sim/simulate.ts'

const [first = 1, last = first] = process.argv.slice(2).map(Number)
let found: { seed: number; property: string; detail: string; atMs: number } | undefined
for (let seed = first; seed <= last && found === undefined; seed++) {
  console.error(seed)
  try {
    const { summary } = await simulate({ scenario: variedScenario(seed), untilViolation: true })
    const [violation] = summary.violations
    if (violation !== undefined) found = { seed, ...violation }
  } catch (error) {
    found = { seed, property: 'no-crash', detail: String(error), atMs: 0 }
  }
}
console.log(JSON.stringify(found ?? {}))
