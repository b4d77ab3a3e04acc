/** `weft sim shrink`: leaves out of a failing scenario whatever the failure does not need. Prints a scenario file. */
import { stringify } from 'yaml'
import type { Scenario } from '../scenario.ts'
import { drawn, simulate } from '../simulate.ts'
import type { SimOptions } from './command.ts'
import { type Inputs, inputsOf } from './inputs.ts'
import { onInterrupt } from './interrupt.ts'
import { progressLine } from './print.ts'

export async function shrink(options: SimOptions): Promise<number> {
  const inputs = inputsOf(options)
  const { signal, off } = onInterrupt()
  const line = progressLine(options.json === true)
  let tries = 0
  const failsAs = async (scenario: Scenario, property?: string): Promise<string | undefined> => {
    line.show(`try ${++tries}`)
    const { summary } = await simulate({ ...inputs, scenario, untilViolation: true, signal })
    const found = summary.violations.find((violation) => property === undefined || violation.property === property)
    return found?.property
  }
  try {
    const start = drawn(inputs.scenario)
    const property = await failsAs(start)
    if (property === undefined) {
      process.stderr.write('nothing to shrink: every property holds with this scenario\n')
      return 0
    }
    const least = await smallest(
      start,
      async (scenario) => !signal.aborted && (await failsAs(scenario, property)) !== undefined,
      inputs,
    )
    line.clear()
    if (options.json === true)
      process.stdout.write(`${JSON.stringify({ schemaVersion: 1, property, tries, scenario: least })}\n`)
    else process.stdout.write(`# ${property} breaks; found in ${tries} runs\n${stringify(least)}`)
    return 1
  } finally {
    off()
  }
}

/** Repeats the reductions until none of them keeps the failure. */
async function smallest(
  start: Scenario,
  fails: (scenario: Scenario) => Promise<boolean>,
  { requests }: Inputs,
): Promise<Scenario> {
  let best = start
  for (let changed = true; changed; ) {
    changed = false
    for (const candidate of reductions(best, requests === undefined)) {
      if (!(await fails(candidate))) continue
      best = candidate
      changed = true
      break
    }
  }
  return best
}

/** Smaller scenarios, the boldest first. */
function* reductions(scenario: Scenario, synthetic: boolean): Generator<Scenario> {
  const faults = Array.isArray(scenario.faults) ? scenario.faults : []
  if (faults.length > 1) {
    const half = Math.ceil(faults.length / 2)
    yield { ...scenario, faults: faults.slice(0, half) }
    yield { ...scenario, faults: faults.slice(half) }
  }
  for (const index of faults.keys()) yield { ...scenario, faults: faults.filter((_, other) => other !== index) }
  for (const name of Object.keys(scenario.attackers)) {
    const { [name as keyof typeof scenario.attackers]: _gone, ...attackers } = scenario.attackers
    yield { ...scenario, attackers }
  }
  if (scenario.wallets > 1) yield { ...scenario, wallets: 1 }
  if (scenario.for > 2_000)
    yield { ...scenario, for: Math.ceil(scenario.for / 2), faults: faults.filter(({ at }) => at < scenario.for / 2) }
  if (synthetic && scenario.workload.jobsPerSecond > 0.1) {
    yield { ...scenario, workload: { ...scenario.workload, jobsPerSecond: scenario.workload.jobsPerSecond / 2 } }
  }
  if (scenario.peers > 4) yield { ...scenario, peers: scenario.peers - 1 }
}
