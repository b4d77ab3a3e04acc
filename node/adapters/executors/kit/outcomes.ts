/** Says in the port's words how a run ended, alike for every engine. */
import type { Outcome, Task } from '#node/ports/executor.ts'
import type { ChildEnd } from './child-process.ts'
import type { Printed } from './collector.ts'

/** The run was aborted, by a signal that the peer holds. */
export const ABORTED: Outcome = { status: 'engine-failed', reason: 'the run was aborted' }

/** The run came after the engine's end. */
export function stopped(engine: string): Outcome {
  return { status: 'engine-failed', reason: `the ${engine} engine is stopped` }
}

/**
 * A job that was signed with parameters that no peer accepts fails alike on every peer. `reason` is what `validate`
 * says.
 */
export function refused(reason: string): Outcome {
  const nothing = new Uint8Array(0)
  return {
    status: 'program-failed',
    code: 'PROGRAM_FAILED',
    exitCode: REFUSED,
    reason,
    stdout: nothing,
    stderr: nothing,
    meterMs: 1,
  }
}

/**
 * The outcome of `task` in a child. The meter counts wall time from the program's start, in whole milliseconds, at
 * least 1.
 */
export function toOutcome(end: ChildEnd, printed: Printed, task: Task): Outcome {
  const meterMs = Math.max(1, Math.round(end.ranMs))
  const failed = (code: Failure['code'], exitCode: number, reason: string): Outcome => ({
    status: 'program-failed',
    code,
    exitCode,
    reason,
    ...printed,
    meterMs,
  })
  switch (end.kind) {
    case 'exit':
      if (end.code !== 0) return failed('PROGRAM_FAILED', end.code, exitReason(end.code, end.lastLine))
      return { status: 'done', ...printed, files: end.files, meterMs }
    case 'limit':
      return failed(end.code, KILLED, `${end.reason}.`)
    case 'time-limit':
      return failed('TIME_LIMIT', KILLED, `the program ran longer than its limit of ${task.limits.timeMs} ms.`)
    case 'crash':
      return failed('PROGRAM_FAILED', CRASHED, `the program broke its interpreter: ${end.reason}.`)
    case 'broken':
    case 'lost':
      return { status: 'engine-failed', reason: end.reason }
    default:
      return end satisfies never
  }
}

type Failure = Extract<Outcome, { status: 'program-failed' }>

/** As shells report a usage error, a process that was killed, and one that aborted. */
const REFUSED = 2
const KILLED = 137
const CRASHED = 134

function exitReason(code: number, lastLine: string): string {
  const why = lastLine.length > REASON_LENGTH ? `${lastLine.slice(0, REASON_LENGTH)}…` : lastLine
  return why === '' ? `the program exited with status ${code}.` : `the program exited with status ${code}: ${why}`
}

/** Characters of a reason that people still read. */
const REASON_LENGTH = 200
