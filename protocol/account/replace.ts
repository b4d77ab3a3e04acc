/**
 * Replace: takes the seat of a replica whose lease is overdue at f + 1 witnesses or that runs for longer than the job
 * allows, and of a ticket holder that did not answer. `place` fills it. One that was only silent may have the job again
 * later (decision 0010).
 */
import { limits } from '../limits.ts'
import { open, removeSeat, type StateDraft } from './draft.ts'
import type { JobRecord, Seat } from './state.ts'

/**
 * Takes from each open job that is not revealing the seats of offered peers that were silent for
 * `limits.acceptTimeoutMs`, of replicas beyond {@link runUntilMs} (these are excluded), and of replicas whose lease
 * more than f contributions call overdue.
 */
export function replace(draft: StateDraft): void {
  const overdue = overdueLeases(draft)
  for (const job of open(draft)) {
    if (job.phase === 'revealing') continue
    let current = job
    for (const seat of job.seats) {
      if (seat.role === 'offered' && draft.timeMs > seat.sinceMs + limits.acceptTimeoutMs) {
        current = removeSeat(draft, current, seat.peer, 'silent')
      }
      if (seat.role !== 'running') continue
      if (draft.timeMs > runUntilMs(job, seat)) current = removeSeat(draft, current, seat.peer, 'failed')
      else if (overdue.has(leaseName(job.id, seat.fence, seat.peer)))
        current = removeSeat(draft, current, seat.peer, 'silent')
    }
  }
}

/**
 * Certified time by which a running replica must have committed. It may renew its lease as often as it likes, but
 * without this bound one liar could hold a job up to its deadline.
 */
export function runUntilMs(job: Pick<JobRecord, 'spec'>, seat: Pick<Seat, 'sinceMs'>): number {
  return seat.sinceMs + job.spec.requirements.timeMs + limits.runGraceMs
}

/** Leases that at least f + 1 contributions call overdue: at least one honest witness does. */
function overdueLeases(draft: StateDraft): Set<string> {
  const votes = new Map<string, number>()
  for (const contribution of draft.entry.contributions) {
    const named = new Set(contribution.overdue.map(([jobId, fence, peer]) => leaseName(jobId, fence, peer)))
    for (const name of named) votes.set(name, (votes.get(name) ?? 0) + 1)
  }
  return new Set([...votes].filter(([, count]) => count > draft.rules.committee.f).map(([name]) => name))
}

function leaseName(jobId: string, fence: number, peer: string): string {
  return `${jobId}/${fence}/${peer}`
}
