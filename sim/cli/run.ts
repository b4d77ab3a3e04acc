/** `weft sim`: one run, or many seeds. */
import { appendFileSync, writeFileSync } from 'node:fs'
import { rememberVerified } from '#protocol/wire/keys.ts'
import { reportPage } from '../report/page.ts'
import { Recorder } from '../report/recorder.ts'
import type { Summary } from '../report/summary.ts'
import { ScenarioError } from '../scenario.ts'
import { simulate } from '../simulate.ts'
import { type Experiment, experimentOf, withSeed } from './experiment.ts'
import { onInterrupt } from './interrupt.ts'
import type { SimOptions } from './options.ts'
import { runSeeds } from './pool.ts'
import { describe, progressLine, seconds } from './print.ts'
import { TraceWriter } from './trace-writer.ts'

const STOPPED = 130

export async function run(options: SimOptions): Promise<number> {
  const experiment = experimentOf(options)
  rememberVerified(options.verifyAll !== true)
  const many = options.untilFailure === true || options.seeds !== undefined
  if (many && (options.trace ?? options.report) !== undefined) {
    const position = { file: options.trace === undefined ? '--report' : '--trace', line: 1, column: 1 }
    throw new ScenarioError('is about one run: leave --seeds and --until-failure away, and name the seed', position)
  }
  const { signal, off } = onInterrupt()
  try {
    return await (many ? runMany(options, experiment, signal) : runOne(options, experiment, signal))
  } finally {
    off()
  }
}

async function runOne(options: SimOptions, experiment: Experiment, signal: AbortSignal): Promise<number> {
  const line = progressLine(options.json === true)
  const startedMs = performance.now()
  const trace = options.trace === undefined ? undefined : new TraceWriter(options.trace, experiment)
  const recorder = options.report === undefined ? undefined : new Recorder()
  const endMs = experiment.scenario.for + experiment.scenario.settle
  const { summary } = await simulate({
    ...experiment,
    signal,
    observe: (simulation) => {
      recorder?.begin(simulation)
      trace?.begin(simulation.world)
      return {
        certified: (entry) => recorder?.certified(entry),
        heard: (peer, event) => trace?.heard(peer, event),
        said: (peer, effects) => {
          recorder?.said(peer, effects)
          trace?.said(peer, effects)
        },
      }
    },
    onProgress: (virtualMs, world) => {
      recorder?.sample()
      const speed = virtualMs / Math.max(1, performance.now() - startedMs)
      const counts = `${world.client.jobs.size} jobs · ${world.time.events} events`
      line.show(`virtual ${seconds(virtualMs)} of ${seconds(endMs)} · ${counts} · ${speed.toFixed(1)} times real time`)
    },
  })
  line.clear()
  trace?.end(summary)
  if (options.report !== undefined && recorder !== undefined) {
    writeFileSync(options.report, reportPage(summary, recorder.record()))
  }
  print(options, summary)
  note(options, summary)
  if (signal.aborted) return STOPPED
  return summary.violations.length > 0 ? 1 : 0
}

/** Seeds from the scenario's on; without a number of them until one breaks something. */
async function runMany(options: SimOptions, experiment: Experiment, signal: AbortSignal): Promise<number> {
  const line = progressLine(options.json === true)
  const startedMs = performance.now()
  const first = experiment.scenario.seed
  const last = options.seeds === undefined ? Number.POSITIVE_INFINITY : first + options.seeds - 1
  const failures: Summary[] = []
  const broken: { seed: number; error: string }[] = []
  let next = first
  let ran = 0
  let virtualMs = 0
  const enough = (): boolean => options.untilFailure === true && (failures.length > 0 || broken.length > 0)
  await runSeeds({
    jobs: options.jobs,
    verifyAll: options.verifyAll === true,
    signal,
    next: () => (next > last || enough() ? undefined : withSeed(options, experiment, next++)),
    done: ({ scenario }, answer) => {
      ran++
      if ('error' in answer) broken.push({ seed: scenario.seed, error: answer.error })
      else {
        virtualMs += answer.summary.virtualMs
        if (answer.summary.violations.length > 0) failures.push(answer.summary)
        note(options, answer.summary)
      }
      line.show(`${ran} seeds, ${failures.length + broken.length} broken, ${seconds(virtualMs)} virtual`)
    },
  })
  line.clear()
  const wallMs = Math.round(performance.now() - startedMs)
  if (options.json === true) {
    const summary = { schemaVersion: 1, firstSeed: first, seeds: ran, virtualMs, wallMs, failures, errors: broken }
    process.stdout.write(`${JSON.stringify(summary)}\n`)
  } else {
    for (const failure of failures) process.stdout.write(`${describe(failure, options)}\n\n`)
    for (const { seed, error } of broken) process.stdout.write(`seed ${seed}: ${error}\n\n`)
    const count = failures.length + broken.length
    const result = count === 0 ? 'every property held' : `${count} broke a property`
    process.stdout.write(`${ran} seeds from ${first} on in ${seconds(wallMs)}: ${result}\n`)
  }
  if (signal.aborted && failures.length === 0) return STOPPED
  return failures.length + broken.length > 0 ? 1 : 0
}

function print(options: SimOptions, summary: Summary): void {
  process.stdout.write(`${options.json === true ? JSON.stringify(summary) : describe(summary, options)}\n`)
}

function note({ append }: SimOptions, { violations, seed, peers }: Summary): void {
  if (append === undefined || violations.length === 0) return
  appendFileSync(append, `${JSON.stringify({ seed, peers, violations })}\n`)
}
