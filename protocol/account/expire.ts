/** Expire: a job whose deadline passed without a verdict ends uncharged. Cancel: its wallet may end it until a replica committed. */
import { close, open, type StateDraft } from './draft.ts'
import { CANCEL, type Input } from './inputs.ts'

export function expire(draft: StateDraft): void {
  for (const job of open(draft)) {
    if (draft.timeMs > job.spec.deadlineMs) close(draft, job, { state: 'expired', code: 'EXPIRED' })
  }
}

export function cancel(draft: StateDraft, inputs: readonly Input[]): void {
  for (const input of inputs) {
    if (input.kind !== CANCEL || input.account !== draft.account) continue
    const job = draft.jobs.get(input.job)
    if (job === undefined || job.phase === 'closed') continue
    if (job.seats.some((seat) => seat.role === 'committed')) continue
    close(draft, job, { state: 'cancelled', code: 'CANCELLED' })
  }
}
