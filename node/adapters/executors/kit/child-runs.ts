/**
 * An engine's runs, each in a killable child process: what an executor that works this way does between `validate` and
 * the outcome.
 */
import type { Outcome, RunOptions, Task } from '#node/ports/executor.ts'
import { bounds } from './bounds.ts'
import type { Child, ChildEnd } from './child-process.ts'
import { Collector } from './collector.ts'
import { ABORTED, stopped, toOutcome } from './outcomes.ts'
import { ChildPool } from './pool.ts'

/** Runs requests that the engine's `child.ts` understands. No process is started before the first run. */
export class ChildRuns<Request extends object> {
  readonly #engine: string
  readonly #pool: ChildPool<Request>
  #running = 0
  #stopped = false

  constructor(engine: string) {
    this.#engine = engine
    this.#pool = new ChildPool(engine)
  }

  /** Process ids of the children, busy and idle. */
  get pids(): readonly number[] {
    return this.#pool.pids()
  }

  /** Runs `request`, which is made from `task`. Keeps the promises of `Executor.run`. */
  async run(request: Request, task: Task, options: RunOptions): Promise<Outcome> {
    if (this.#stopped) return stopped(this.#engine)
    if (options.signal.aborted) return ABORTED
    if (this.#running >= bounds.runsAtOnce)
      return { status: 'engine-failed', reason: `too many ${this.#engine} runs at once` }
    this.#running += 1
    try {
      return await this.#runIn(this.#pool.take(), { request, task, options })
    } catch (error) {
      return { status: 'engine-failed', reason: `no ${this.#engine} child could be started: ${String(error)}` }
    } finally {
      this.#running -= 1
    }
  }

  /** Kills all runs and children; resolves when they are gone. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true
    await this.#pool.stop()
  }

  async #runIn(child: Child<Request>, work: Work<Request>): Promise<Outcome> {
    const { request, task, options } = work
    const { signal } = options
    const printed = new Collector(task.limits.outputBytes, options.onOutput)
    const abort = () => child.kill('aborted')
    signal.addEventListener('abort', abort, { once: true })
    const end = await child.run(request, {
      timeMs: task.limits.timeMs,
      onOutput: (stream, chunk) => printed.add(stream, chunk),
    })
    signal.removeEventListener('abort', abort)
    if (isReusable(end)) this.#pool.give(child)
    else child.kill(`after ${end.kind}`)
    if (signal.aborted) return ABORTED
    // A warm child may have died while it waited: nothing ran yet, so a new one takes over, once.
    if (end.kind === 'lost' && end.ranMs === 0 && child.runs > 1 && !this.#stopped)
      return this.#runIn(this.#pool.fresh(), work)
    return toOutcome(end, printed.all(), task)
  }
}

interface Work<Request> {
  readonly request: Request
  readonly task: Task
  readonly options: RunOptions
}

/** Only the program's own ends leave a child as good as new. */
function isReusable(end: ChildEnd): boolean {
  return end.kind === 'exit' || end.kind === 'limit' || end.kind === 'crash'
}
