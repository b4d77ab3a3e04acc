/**
 * The `python` engine: CPython 3.12 for WASI in a thread of a killable child process.
 *
 * A program sees its inputs under /job (its working folder), writes results to /job/out, and has /tmp; all of it in
 * memory, at most 64 MiB. There is no network, no process, no thread and nothing of the host. Clock and random numbers
 * are fixed per job (`kit/wasi/deterministic.ts`). A peer spends up to the job's memory limit plus about 200 MiB on a
 * run.
 */
import type { EngineParams, Executor, Outcome, OutputFile, RunOptions, SelfTested, Task } from '#node/ports/executor.ts'
import { WeftError } from '#protocol/errors.ts'
import { utf8 } from '#protocol/wire/hash.ts'
import { ChildRuns } from '../kit/child-runs.ts'
import { refused } from '../kit/outcomes.ts'
import type { RunRequest } from './messages.ts'
import { type PythonParams, pythonParams } from './params.ts'

/** Runs Python programs. No process is started before the first run. */
export class PythonExecutor implements Executor {
  readonly engine = 'python'
  readonly #children = new ChildRuns<RunRequest>('python')

  /** Process ids of the children, busy and idle. */
  get pids(): readonly number[] {
    return this.#children.pids
  }

  async selfTest({ signal }: { signal: AbortSignal }): Promise<SelfTested> {
    const outcome = await this.run(SELF_TEST, { signal, onOutput: () => undefined })
    if (outcome.status !== 'done')
      throw new WeftError('ENGINE_FAILED', `python does not work on this machine: ${outcome.reason}`)
    return { version: Buffer.from(outcome.stdout).toString('utf8').trim(), models: [], gpuMemoryBytes: 0 }
  }

  async run(task: Task, options: RunOptions): Promise<Outcome> {
    const paths = task.files.map((file) => file.path)
    const params = pythonParams.read(task.engine.params, paths)
    if (typeof params === 'string') return refused(params)
    return this.#children.run(toRequest(task, params), task, options)
  }

  validate(params: EngineParams, paths: readonly string[]): string | undefined {
    return pythonParams.problem(params, paths)
  }

  async stop(): Promise<void> {
    await this.#children.stop()
  }
}

const SELF_TEST: Task = {
  jobId: 'self-test',
  fence: 0,
  engine: { type: 'python', params: { code: 'import json, sys\nprint(sys.version.split()[0])' } },
  files: [],
  limits: { timeMs: 30_000, memoryBytes: 256 * 1_024 * 1_024, outputBytes: 1_024 },
}

function toRequest(task: Task, params: PythonParams): RunRequest {
  const code: OutputFile[] = params.source === undefined ? [] : [{ path: params.path, bytes: utf8(params.source) }]
  return {
    seed: task.jobId,
    program: params.path,
    args: params.args,
    stdin: params.stdin,
    files: [...task.files.map(({ path, bytes }) => ({ path, bytes })), ...code],
    memoryBytes: task.limits.memoryBytes,
    outputBytes: task.limits.outputBytes,
  }
}
