/** A Python engine for the tests of one file, and short ways to run and to judge programs. */
import assert from 'node:assert/strict'
import { PythonExecutor } from '#node/adapters/executors/python/executor.ts'
import type { Outcome, Task } from '#node/ports.ts'

const MiB = 1_024 * 1_024

/** What differs from a small default job. */
export interface RunOverrides {
  readonly jobId?: string
  readonly fence?: number
  readonly params?: Task['engine']['params']
  readonly files?: Readonly<Record<string, string>>
  readonly timeMs?: number
  readonly memoryBytes?: number
  readonly outputBytes?: number
  readonly signal?: AbortSignal
  readonly onOutput?: (stream: 'stdout' | 'stderr', chunk: Uint8Array) => void
}

/** Runs `code` on `engine`. */
export function run(engine: PythonExecutor, code: string | undefined, over: RunOverrides = {}): Promise<Outcome> {
  return engine.run(
    {
      jobId: over.jobId ?? 'job',
      fence: over.fence ?? 1,
      engine: { type: 'python', params: { ...(code === undefined ? {} : { code }), ...over.params } },
      files: Object.entries(over.files ?? {}).map(([path, body]) => ({ path, bytes: Buffer.from(body) })),
      limits: {
        timeMs: over.timeMs ?? 30_000,
        memoryBytes: over.memoryBytes ?? 128 * MiB,
        outputBytes: over.outputBytes ?? MiB,
      },
    },
    { signal: over.signal ?? new AbortController().signal, onOutput: over.onOutput ?? (() => undefined) },
  )
}

/** An engine that is stopped after the tests of the surrounding `describe`. */
export function pythonForTests(): PythonExecutor {
  const engine = new PythonExecutor()
  after(() => engine.stop())
  return engine
}

/** The outcome of a run that must have ended well, as text. */
export function done(outcome: Outcome): { stdout: string; stderr: string; files: Record<string, string> } {
  assert.equal(outcome.status, 'done', JSON.stringify(readable(outcome)))
  return {
    stdout: text(outcome.stdout),
    stderr: text(outcome.stderr),
    files: Object.fromEntries(outcome.files.map(({ path, bytes }) => [path, text(bytes)])),
  }
}

/** The outcome of a run that must have failed by the program's own fault. */
export function failed(outcome: Outcome): {
  code: string
  exitCode: number
  reason: string
  stdout: string
  stderr: string
} {
  assert.equal(outcome.status, 'program-failed', JSON.stringify(readable(outcome)))
  const { code, exitCode, reason, stdout, stderr } = outcome
  return { code, exitCode, reason, stdout: text(stdout), stderr: text(stderr) }
}

/** True if a process of that id exists. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** UTF-8 text of `bytes`. */
export function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

function readable(outcome: Outcome): unknown {
  return outcome.status === 'engine-failed'
    ? outcome
    : { ...outcome, stdout: text(outcome.stdout).slice(-500), stderr: text(outcome.stderr).slice(-500) }
}
