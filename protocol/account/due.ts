/**
 * When an account's log needs an entry although nobody sent an input: deadlines, and the timeouts that `limits.ts`
 * sets.
 */
import { limits } from '../limits.ts'
import { canJudge, lacking, shorthandedMs } from './place.ts'
import { runUntilMs } from './replace.ts'
import { type AccountState, type JobRecord, openJobs } from './state.ts'

/**
 * The earliest certified time, later than the state's, at which `step` may change something by itself; `undefined` if
 * only inputs can. Before that time an entry without inputs ends no job and takes nobody's seat. Linear in the seats of
 * the open jobs.
 */
export function nextDueMs(state: AccountState): number | undefined {
  let due: number | undefined
  for (const job of openJobs(state)) {
    for (const at of dueTimes(job, state.timeMs)) if (due === undefined || at < due) due = at
  }
  return due
}

function dueTimes(job: JobRecord, timeMs: number): number[] {
  const times = [job.spec.deadlineMs + 1]
  if (job.phase === 'revealing') return [...times, job.revealMs + limits.revealTimeoutMs + 1]
  for (const seat of job.seats) {
    if (seat.role === 'offered') times.push(seat.sinceMs + limits.acceptTimeoutMs + 1)
    if (seat.role === 'running') times.push(runUntilMs(job, seat) + 1)
  }
  if (lacking(job) === 0) return times
  if (canJudge(job) && shorthandedMs(job) >= timeMs) times.push(shorthandedMs(job) + 1)
  if (job.attempts >= limits.attemptsPerJob) return times
  times.push(timeMs + limits.unplaceableGraceMs)
  if (job.unfitMs > 0) times.push(job.unfitMs + limits.unplaceableGraceMs)
  for (const [, until] of job.deferred) if (until > timeMs) times.push(until)
  return times
}
