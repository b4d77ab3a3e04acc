/** Reads what the options name: a scenario with its overrides, and the jobs of a trace. */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { variedScenario } from '../faults/vary.ts'
import { durationSchema, parseScenario, type Scenario, ScenarioError, scenarioSchema } from '../scenario.ts'
import { readTrace } from '../workloads/trace.ts'
import type { JobRequest } from '../workloads/workload.ts'
import type { SimOptions } from './options.ts'

/**
 * Everything that a simulation depends on: the same one gives the same events. Plain data, so that it goes to another
 * process.
 */
export interface Experiment {
  readonly scenario: Scenario
  /** The jobs of a trace; without them the scenario says what is posted. */
  readonly requests?: readonly JobRequest[]
}

/**
 * Without a scenario or trace file everything is drawn from the seed. Throws {@link ScenarioError} with line and column
 * for what is wrong in a file.
 */
export function experimentOf(options: SimOptions): Experiment {
  const { scenario: file, traceFile } = options
  const base = file === undefined ? unnamed(options) : parseScenario(readFileSync(file, 'utf8'), file)
  const path = traceFile ?? base.workload.traceFile
  const changed = {
    ...base,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.peers === undefined ? {} : { peers: options.peers }),
    ...(options.for === undefined ? {} : { for: duration(options.for) }),
    ...(path === undefined ? {} : { workload: traced(base.workload, path, options.traceSpeedup) }),
  }
  const scenario = checked(changed)
  if (path === undefined && scenario.workload.kind === 'trace') {
    const position = { file: file ?? '--trace-file', line: 1, column: 1 }
    throw new ScenarioError(
      'the workload is a trace: name its file as workload.traceFile or with --trace-file',
      position,
    )
  }
  if (path === undefined) return { scenario }
  return { scenario, requests: readTrace(readFileSync(path, 'utf8'), { file: path, scenario }) }
}

/** Who brings a trace wants to see it run, not a random network with random faults. */
function unnamed({ seed = 1, traceFile }: SimOptions): Scenario {
  return traceFile === undefined ? variedScenario(seed) : scenarioSchema.parse({ name: basename(traceFile), seed })
}

function traced(
  workload: Scenario['workload'],
  traceFile: string,
  traceSpeedup = workload.traceSpeedup,
): Scenario['workload'] {
  return { ...workload, kind: 'trace', traceFile, traceSpeedup }
}

/** The same with another seed, or what that seed draws where no scenario was named. */
export function withSeed(options: SimOptions, experiment: Experiment, seed: number): Experiment {
  if (options.scenario === undefined) return experimentOf({ ...options, seed })
  return { ...experiment, scenario: { ...experiment.scenario, seed } }
}

function duration(text: string): number {
  const parsed = durationSchema.safeParse(/^\d+$/.test(text) ? Number(text) : text)
  if (parsed.success) return parsed.data
  throw new ScenarioError('expected a duration like 90s or 1h', { file: '--for', line: 1, column: 1 })
}

function checked(scenario: Scenario): Scenario {
  const parsed = scenarioSchema.safeParse(scenario)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw new ScenarioError(issue?.message ?? 'not valid', { file: `--${String(issue?.path[0])}`, line: 1, column: 1 })
}
