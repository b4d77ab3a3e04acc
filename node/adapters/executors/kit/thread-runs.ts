/**
 * Runs programs in a child, each in a thread of its own, so that the child keeps answering and notices when the peer is
 * gone.
 */
import { bounds } from './bounds.ts'
import { keptBytes } from './collector.ts'
import type { End } from './messages.ts'
import type { Report } from './serve-runs.ts'
import { createStream, StreamReader } from './stream.ts'
import { Thread, type ThreadLimits } from './thread.ts'

/** One run at a time. The next thread is loaded ahead. */
export class ThreadRuns {
  readonly #load: () => Thread
  #next: Thread

  constructor(engine: string, limits: ThreadLimits) {
    this.#load = () => new Thread(engine, limits)
    this.#next = this.#load()
  }

  /** Runs `work`, which the engine's `worker.ts` understands. Rejects if the thread cannot run at all. */
  async run(work: object, { outputBytes, report }: { outputBytes: number; report: Report }): Promise<End> {
    const thread = this.#next
    await thread.ready()
    const stdout = createStream(keptBytes(outputBytes))
    const stderr = createStream(keptBytes(outputBytes))
    const readers = { stdout: new StreamReader(stdout), stderr: new StreamReader(stderr) }
    const forward = () => {
      for (const stream of ['stdout', 'stderr'] as const) {
        const chunk = readers[stream].take()
        if (chunk !== undefined) report({ type: 'output', stream, chunk })
      }
    }
    const pace = setInterval(forward, bounds.outputPaceMs)
    try {
      report({ type: 'started' })
      return await thread.run({ work, stdout, stderr })
    } finally {
      clearInterval(pace)
      forward()
      this.#next = this.#load()
    }
  }
}
