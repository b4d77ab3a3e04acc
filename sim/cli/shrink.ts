/** `weft sim shrink`: leaves out of a failing scenario whatever the failure does not need. Prints a scenario file. */
import { stringify } from 'yaml'
import { type Scenario, scenarioSchema } from '../scenario.ts'
import { drawn, simulate } from '../simulate.ts'
import { withJobs } from '../workloads/workload.ts'
import { experimentOf } from './experiment.ts'
import { onInterrupt } from './interrupt.ts'
import type { SimOptions } from './options.ts'
import { progressLine } from './print.ts'

const STOPPED = 130

/** Stopped by Ctrl-C it prints the smallest scenario so far. */
export async function shrink(options: SimOptions): Promise<number> {
  const { scenario, requests } = experimentOf(options)
  const { signal, off } = onInterrupt()
  const line = progressLine(options.json === true)
  let tries = 0
  /** The property that breaks first, or `wanted` if that breaks at all. */
  const breaks = async (candidate: Scenario, wanted?: string): Promise<string | undefined> => {
    line.show(`try ${++tries}: ${candidate.peers} peers, ${candidate.for / 1_000} s`)
    const { summary } = await simulate({ scenario: candidate, untilViolation: true, signal })
    return summary.violations.find(({ property }) => wanted === undefined || property === wanted)?.property
  }
  try {
    const start = drawn(requests === undefined ? scenario : withJobs(scenario, requests))
    const property = await breaks(start)
    if (property === undefined) {
      line.clear()
      process.stderr.write(
        signal.aborted
          ? 'stopped before anything broke\n'
          : 'nothing to shrink: every property holds with this scenario\n',
      )
      return signal.aborted ? STOPPED : 0
    }
    const least = await smallest(
      start,
      async (candidate) => !signal.aborted && (await breaks(candidate, property)) !== undefined,
    )
    line.clear()
    const brief = withoutDefaults(least)
    if (options.json === true)
      process.stdout.write(`${JSON.stringify({ schemaVersion: 1, property, tries, scenario: brief })}\n`)
    else process.stdout.write(`# ${property} breaks; found in ${tries} runs\n${stringify(brief)}`)
    return signal.aborted ? STOPPED : 1
  } finally {
    off()
  }
}

/** Repeats the reductions until none of them keeps the failure. */
async function smallest(start: Scenario, fails: (scenario: Scenario) => Promise<boolean>): Promise<Scenario> {
  let best = start
  for (let changed = true; changed; ) {
    changed = false
    for (const candidate of reductions(best)) {
      if (!(await fails(candidate))) continue
      best = candidate
      changed = true
      break
    }
  }
  return best
}

const defaults = scenarioSchema.parse({})

/** Smaller or plainer scenarios, the boldest first. */
function* reductions(scenario: Scenario): Generator<Scenario> {
  const { peers, jobs, workload } = scenario
  yield* fewerFaults(scenario)
  for (const name of Object.keys(scenario.attackers)) {
    const { [name as keyof typeof scenario.attackers]: _gone, ...attackers } = scenario.attackers
    yield { ...scenario, attackers }
  }
  if (scenario.wallets > 1) yield { ...scenario, wallets: 1 }
  if (scenario.for > 2_000) {
    const forMs = Math.ceil(scenario.for / 2)
    yield { ...scenario, for: forMs, faults: faultsOf(scenario).filter(({ at }) => at < forMs) }
  }
  if (jobs !== undefined && jobs.length > 1) {
    const half = Math.ceil(jobs.length / 2)
    yield { ...scenario, jobs: jobs.slice(0, half) }
    yield { ...scenario, jobs: jobs.slice(half) }
  }
  if (jobs === undefined && workload.jobsPerSecond > 0.1) {
    yield { ...scenario, workload: { ...workload, jobsPerSecond: workload.jobsPerSecond / 2 } }
  }
  if (peers > 8) yield { ...scenario, peers: Math.ceil(peers / 2) }
  if (peers > 1) yield { ...scenario, peers: peers - 1 }
  yield* plainer(scenario)
}

function* fewerFaults(scenario: Scenario): Generator<Scenario> {
  const faults = faultsOf(scenario)
  if (faults.length > 1) {
    const half = Math.ceil(faults.length / 2)
    yield { ...scenario, faults: faults.slice(0, half) }
    yield { ...scenario, faults: faults.slice(half) }
  }
  for (const index of faults.keys()) yield { ...scenario, faults: faults.filter((_, other) => other !== index) }
}

/** What differs from the defaults, one key after another, becomes the default; one region, true clocks. */
function* plainer(scenario: Scenario): Generator<Scenario> {
  const plain: Partial<Scenario> = {
    depositMicro: defaults.depositMicro,
    hardware: defaults.hardware,
    clocks: { skewMs: 0, driftPpm: 0 },
    regions: scenario.regions.slice(0, 1),
    ...(scenario.jobs === undefined ? {} : { workload: defaults.workload }),
  }
  for (const [key, value] of Object.entries(plain)) {
    if (JSON.stringify(scenario[key as keyof Scenario]) !== JSON.stringify(value)) yield { ...scenario, [key]: value }
  }
}

function faultsOf({ faults }: Scenario): Exclude<Scenario['faults'], string> {
  return Array.isArray(faults) ? faults : []
}

/** Only what a reader of the file needs to see. */
function withoutDefaults(scenario: Scenario): Partial<Scenario> {
  const kept = Object.entries(scenario).filter(([key, value]) => {
    if (key === 'name' || key === 'seed') return true
    const plain = key === 'faults' ? [defaults.faults, []] : [defaults[key as keyof Scenario]]
    return !plain.some((other) => JSON.stringify(other) === JSON.stringify(value))
  })
  return Object.fromEntries(kept)
}
