/** The `noop` engine: answers at once, so that benchmarks measure the network and not the work. */
import type { Executor, Outcome, Task } from '#node/ports/executor.ts'
import { utf8 } from '#protocol/wire/hash.ts'

/** Prints the parameter `text` (default: nothing) and ends. Runs nothing, so it is safe to offer. */
export class NoopExecutor implements Executor {
  readonly engine = 'noop'
  #stopped = false

  async selfTest(): Promise<{ version: string }> {
    return { version: '1' }
  }

  async run(task: Task, { signal, onOutput }: Parameters<Executor['run']>[1]): Promise<Outcome> {
    const nothing = new Uint8Array(0)
    const wrong = this.validate(task.engine.params)
    if (wrong !== undefined)
      return {
        status: 'program-failed',
        code: 'PROGRAM_FAILED',
        exitCode: 2,
        reason: wrong,
        stdout: nothing,
        stderr: nothing,
        meterMs: 1,
      }
    if (this.#stopped) return { status: 'engine-failed', reason: 'the noop engine is stopped' }
    if (signal.aborted) return { status: 'engine-failed', reason: 'the run was aborted' }
    const stdout = utf8(String(task.engine.params['text'] ?? ''))
    if (stdout.length > 0) onOutput('stdout', stdout)
    return { status: 'done', stdout, stderr: nothing, files: [], meterMs: 1 }
  }

  validate(params: Task['engine']['params']): string | undefined {
    const extra = Object.keys(params).find((name) => name !== 'text')
    if (extra !== undefined) return `engine.params.${extra} is unknown: noop takes text.`
    return params['text'] === undefined || typeof params['text'] === 'string'
      ? undefined
      : 'engine.params.text must be text.'
  }

  async stop(): Promise<void> {
    this.#stopped = true
  }
}
