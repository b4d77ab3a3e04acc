/**
 * Several seeds at a time: each worker is a process of this very program that gets scenarios and answers with
 * summaries.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { rememberVerified } from '#protocol/wire/keys.ts'
import type { Summary } from '../report/summary.ts'
import { simulate } from '../simulate.ts'
import type { Experiment } from './experiment.ts'

type Answer = { readonly summary: Summary } | { readonly error: string }

/**
 * Runs seeds one after another on `jobs` processes until `next` gives none. Calls `done` for each, in the order in
 * which they end.
 */
export async function runSeeds(options: {
  readonly jobs: number
  /** Check every signature, not each unique one once. */
  readonly verifyAll: boolean
  readonly next: () => Experiment | undefined
  readonly done: (experiment: Experiment, answer: Answer) => void
  readonly signal: AbortSignal
}): Promise<void> {
  const workers = Array.from({ length: Math.max(1, options.jobs) }, () => work(options))
  await Promise.all(workers)
}

async function work({ next, done, signal, verifyAll }: Parameters<typeof runSeeds>[0]): Promise<void> {
  const program = process.argv[1]
  if (program === undefined) throw new Error('broken invariant: a program without a path')
  const child = fork(program, [], {
    env: { ...process.env, WEFT_SIM_WORKER: verifyAll ? 'verify-all' : '1' },
    serialization: 'advanced',
  })
  const stop = (): void => {
    child.kill()
  }
  signal.addEventListener('abort', stop, { once: true })
  try {
    for (let experiment = next(); experiment !== undefined && !signal.aborted; experiment = next()) {
      const answer = await ask(child, experiment)
      if (answer !== undefined) done(experiment, answer)
    }
  } finally {
    signal.removeEventListener('abort', stop)
    child.kill()
  }
}

/** `undefined` if the process was stopped. */
function ask(child: ChildProcess, experiment: Experiment): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const ended = (code: number | null): void =>
      resolve(code === null ? undefined : { error: `the run ended with status ${code}` })
    child.once('exit', ended)
    child.once('message', (answer) => {
      child.off('exit', ended)
      resolve(answer as Answer)
    })
    child.send(experiment)
  })
}

/** The worker's side. */
export function serveRuns(): void {
  // Ctrl-C reaches the whole group of processes; the parent ends its workers.
  process.on('SIGINT', () => undefined)
  rememberVerified(process.env['WEFT_SIM_WORKER'] !== 'verify-all')
  process.on('message', (experiment: Experiment) => {
    simulate(experiment).then(
      ({ summary }) => process.send?.({ summary }),
      (error: unknown) =>
        process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
  })
}
