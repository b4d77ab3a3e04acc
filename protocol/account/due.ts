/** When an account's log needs an entry although nobody sent an input: timeouts and deadlines. */
import { limits } from '../limits.ts'
import { canJudge, lacking, shorthandedMs } from './place.ts'
import { type AccountState, type JobRecord, openJobs } from './state.ts'

/** The earliest certified time at which `step` would change something by itself; `undefined` if only inputs can. */
export function nextDueMs(state: AccountState): number | undefined {
  let due: number | undefined
  for (const job of openJobs(state)) {
    for (const at of dueTimes(job)) if (due === undefined || at < due) due = at
  }
  return due
}

function dueTimes(job: JobRecord): number[] {
  const times = [job.spec.deadlineMs + 1]
  for (const seat of job.seats) if (seat.role === 'offered') times.push(seat.sinceMs + limits.acceptTimeoutMs + 1)
  if (job.phase === 'revealing') times.push(job.revealMs + limits.revealTimeoutMs + 1)
  if (job.phase !== 'revealing' && lacking(job) > 0) {
    for (const [, until] of job.deferred) times.push(until)
    if (canJudge(job)) times.push(shorthandedMs(job) + 1)
    if (job.seats.length === 0) times.push(job.admittedMs + limits.unplaceableGraceMs)
  }
  return times
}
