/** A Python engine for the tests of one file, and short ways to judge what programs did. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { PythonExecutor } from '#node/adapters/executors/python/executor.ts'
import type { Outcome } from '#node/ports/executor.ts'

export { run } from './run.ts'

/** Long enough for a loaded machine: no test depends on how fast it is. */
const PATIENCE_MS = 60_000

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

/** True if a process of that id exists and is no zombie (which only waits for its parent to notice). */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch (error) {
    // Without /proc the signal alone decides.
    return error instanceof Error && 'syscall' in error && error.syscall === 'open' && process.platform !== 'linux'
  }
}

/** Resolves when `count` is below `limit`; rejects after a minute. */
export async function fewerThan(limit: number, count: () => number): Promise<void> {
  for (const startedAt = Date.now(); count() >= limit; await setTimeout(20))
    if (Date.now() - startedAt > PATIENCE_MS) throw new Error(`still ${count()} of them`)
}

/** Resolves when the process is gone; rejects after a minute. There is no event for a process that is not ours. */
export async function gone(pid: number): Promise<void> {
  for (const startedAt = Date.now(); isRunning(pid); await setTimeout(20))
    if (Date.now() - startedAt > PATIENCE_MS) throw new Error(`process ${pid} is still there`)
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
