/** Says in the port's words how a run in a child ended. */
import type { Outcome, Task } from '#node/ports/executor.ts'
import type { ChildEnd } from './child-process.ts'

/** What the program printed, as far as it is kept. */
export interface Printed {
  readonly stdout: Uint8Array
  readonly stderr: Uint8Array
}

/** The outcome of `task`. The meter counts wall time from the program's start, in whole milliseconds, at least 1. */
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
  }
}

type Failure = Extract<Outcome, { status: 'program-failed' }>

/** As shells report a process that was killed, or aborted. */
const KILLED = 137
const CRASHED = 134

function exitReason(code: number, lastLine: string): string {
  const why = lastLine.length > REASON_LENGTH ? `${lastLine.slice(0, REASON_LENGTH)}…` : lastLine
  return why === '' ? `the program exited with status ${code}.` : `the program exited with status ${code}: ${why}`
}

/** Characters of a reason that people still read. */
const REASON_LENGTH = 200
