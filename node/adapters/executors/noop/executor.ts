/** The `noop` engine: answers at once, so that benchmarks measure the network and not the work. */
import type { EngineParams, Executor, Outcome, RunOptions, SelfTested, Task } from '#node/ports/executor.ts'
import { utf8 } from '#protocol/wire/hash.ts'
import { ABORTED, refused, stopped } from '../kit/outcomes.ts'
import { noopParams } from './params.ts'

/** Prints the parameter `text` (default: nothing) and ends. Runs nothing, so it is safe to offer. */
export class NoopExecutor implements Executor {
  readonly engine = 'noop'
  #stopped = false

  async selfTest(): Promise<SelfTested> {
    return { version: '1', models: [], gpuMemoryBytes: 0 }
  }

  async run(task: Task, { signal, onOutput }: RunOptions): Promise<Outcome> {
    const params = noopParams.read(task.engine.params, [])
    if (typeof params === 'string') return refused(params)
    if (this.#stopped) return stopped(this.engine)
    if (signal.aborted) return ABORTED
    const stdout = utf8(params.text)
    if (stdout.length > 0) onOutput('stdout', stdout)
    return { status: 'done', stdout, stderr: new Uint8Array(0), files: [], meterMs: 1 }
  }

  validate(params: EngineParams, paths: readonly string[]): string | undefined {
    return noopParams.problem(params, paths)
  }

  async stop(): Promise<void> {
    this.#stopped = true
  }
}
