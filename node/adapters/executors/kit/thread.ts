/** A worker thread that is loaded and waits for its one run. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { workerEntry } from './entry.ts'
import { type End, parseEnd } from './messages.ts'
import type { ThreadRun } from './serve-thread.ts'

/** What a thread may take. WebAssembly memory lies outside. */
export interface ThreadLimits {
  readonly heapMiB: number
  readonly stackMiB: number
}

/** One thread for one run. */
export class Thread {
  readonly #worker: Worker
  readonly #ready: Promise<unknown>

  constructor(engine: string, { heapMiB, stackMiB }: ThreadLimits) {
    const { url, execArgv, workerData } = workerEntry(engine)
    this.#worker = new Worker(url, {
      env: {},
      execArgv: [...execArgv],
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: heapMiB, stackSizeMb: stackMiB },
    })
    this.#ready = once(this.#worker, 'message')
    // A thread that fails before its run says so when it is used.
    this.#ready.catch(() => undefined)
  }

  /** Resolves once the thread can run; rejects if it failed. */
  async ready(): Promise<void> {
    await this.#ready
  }

  /** Runs `run` to its end, then ends the thread. Never rejects. */
  async run(run: ThreadRun): Promise<End> {
    const answer = new Promise<End>((resolve) => {
      const broken = (reason: string) => resolve({ kind: 'broken', reason })
      this.#worker.once('message', (message: unknown) => {
        const end = parseEnd(message)
        if (end === undefined) broken('the worker answered with something else')
        else resolve(end)
      })
      this.#worker.once('error', (error) => broken(`the worker failed: ${error.message}`))
      this.#worker.once('exit', (code) => broken(`the worker ended with status ${code}`))
    })
    this.#worker.postMessage(run)
    const end = await answer
    await this.#worker.terminate()
    return end
  }
}
