/** Two ends of a job without a verdict, both uncharged: its deadline passes, or its wallet cancels it. */
import { close, open, type StateDraft } from './draft.ts'
import { CANCEL, type Input } from './inputs.ts'

/**
 * Closes as `expired` (EXPIRED) every open job whose deadline is before the certified time, whatever its replicas have
 * done.
 */
export function expire(draft: StateDraft): void {
  for (const job of open(draft)) {
    if (draft.timeMs > job.spec.deadlineMs) close(draft, job, { state: 'expired', code: 'EXPIRED' })
  }
}

/**
 * Closes as `cancelled` (CANCELLED) the open jobs that the account's wallet cancels, unless a replica has committed
 * already.
 */
export function cancel(draft: StateDraft, inputs: readonly Input[]): void {
  for (const input of inputs) {
    if (input.kind !== CANCEL || input.account !== draft.account) continue
    const job = draft.jobs.get(input.job)
    if (job === undefined || job.phase === 'closed') continue
    if (job.seats.some((seat) => seat.role === 'committed')) continue
    close(draft, job, { state: 'cancelled', code: 'CANCELLED' })
  }
}
