/**
 * The `python` engine: CPython 3.12 for WASI in a thread of a killable child process.
 *
 * A program sees its inputs under /job (its working folder), writes results to /job/out, and has /tmp; all of it in memory, at most 64 MiB.
 * There is no network, no process, no thread and nothing of the host. Clock and random numbers are fixed per job (`deterministic.ts`).
 * A peer spends up to the job's memory limit plus about 200 MiB on a run.
 */
import type { Executor, OutputFile, Task } from '#node/ports/executor.ts'
import { WeftError } from '#protocol/errors.ts'
import { limits } from '#protocol/limits.ts'
import { concat, utf8 } from '#protocol/wire/hash.ts'
import { bounds } from './bounds.ts'
import type { ChildEnd, PythonChild } from './child-process.ts'
import type { RunRequest, Stream } from './messages.ts'
import { type Printed, toOutcome } from './outcome.ts'
import { type PythonParams, parsePythonParams } from './params.ts'
import { ChildPool } from './pool.ts'

type RunOptions = Parameters<Executor['run']>[1]
type Outcome = Awaited<ReturnType<Executor['run']>>

/** Runs Python programs. No process is started before the first run. */
export class PythonExecutor implements Executor {
  readonly engine = 'python'
  readonly #pool = new ChildPool()
  #running = 0
  #stopped = false

  /** Process ids of the children, busy and idle. */
  get pids(): readonly number[] {
    return this.#pool.pids()
  }

  async selfTest({ signal }: { signal: AbortSignal }): Promise<{ version: string }> {
    const outcome = await this.run(SELF_TEST, { signal, onOutput: () => undefined })
    if (outcome.status !== 'done')
      throw new WeftError('ENGINE_FAILED', `python does not work on this machine: ${outcome.reason}`)
    return { version: Buffer.from(outcome.stdout).toString('utf8').trim() }
  }

  async run(task: Task, options: RunOptions): Promise<Outcome> {
    const params = this.#parse(task)
    if (typeof params === 'string') return refused(params)
    if (this.#stopped) return { status: 'engine-failed', reason: 'the python engine is stopped' }
    if (options.signal.aborted) return ABORTED
    if (this.#running >= bounds.runsAtOnce) return { status: 'engine-failed', reason: 'too many python runs at once' }
    this.#running += 1
    try {
      return await this.#runIn(this.#pool.take(), toRequest(task, params), task, options)
    } catch (error) {
      return { status: 'engine-failed', reason: `no python child could be started: ${String(error)}` }
    } finally {
      this.#running -= 1
    }
  }

  validate(params: Task['engine']['params'], paths: readonly string[]): string | undefined {
    const parsed = parsePythonParams(params, paths)
    return typeof parsed === 'string' ? parsed : undefined
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await this.#pool.stop()
  }

  #parse(task: Task): PythonParams | string {
    return parsePythonParams(
      task.engine.params,
      task.files.map((file) => file.path),
    )
  }

  async #runIn(
    child: PythonChild,
    request: RunRequest,
    task: Task,
    { signal, onOutput }: RunOptions,
  ): Promise<Outcome> {
    const printed = new Collector(Math.min(limits.streamBytes, task.limits.outputBytes), onOutput)
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
      return this.#runIn(this.#pool.fresh(), request, task, { signal, onOutput })
    return toOutcome(end, printed.all(), task)
  }
}

const ABORTED: Outcome = { status: 'engine-failed', reason: 'the run was aborted' }

const SELF_TEST: Task = {
  jobId: 'self-test',
  fence: 0,
  engine: { type: 'python', params: { code: 'import json, sys\nprint(sys.version.split()[0])' } },
  files: [],
  limits: { timeMs: 30_000, memoryBytes: 256 * 1_024 * 1_024, outputBytes: 1_024 },
}

/** Only the program's own ends leave a child as good as new. */
function isReusable(end: ChildEnd): boolean {
  return end.kind === 'exit' || end.kind === 'limit' || end.kind === 'crash'
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

/** A job that was signed with parameters that no peer accepts fails alike on every peer. */
function refused(reason: string): Outcome {
  const nothing = new Uint8Array(0)
  return {
    status: 'program-failed',
    code: 'PROGRAM_FAILED',
    exitCode: 2,
    reason,
    stdout: nothing,
    stderr: nothing,
    meterMs: 1,
  }
}

/** Keeps what a run prints, bounded again on this side of the process border. */
class Collector {
  readonly #keptBytes: number
  readonly #onOutput: (stream: Stream, chunk: Uint8Array) => void
  readonly #chunks: Record<Stream, Uint8Array[]> = { stdout: [], stderr: [] }
  readonly #bytes: Record<Stream, number> = { stdout: 0, stderr: 0 }

  constructor(keptBytes: number, onOutput: (stream: Stream, chunk: Uint8Array) => void) {
    this.#keptBytes = keptBytes
    this.#onOutput = onOutput
  }

  add(stream: Stream, chunk: Uint8Array): void {
    const kept = chunk.subarray(0, this.#keptBytes - this.#bytes[stream])
    if (kept.length === 0) return
    this.#bytes[stream] += kept.length
    this.#chunks[stream].push(kept)
    this.#onOutput(stream, kept)
  }

  all(): Printed {
    return { stdout: concat(...this.#chunks.stdout), stderr: concat(...this.#chunks.stderr) }
  }
}
