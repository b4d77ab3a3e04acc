/** What the next entry may have to place: the requests by which a witness chooses the offers that it contributes. */
import type { Rules } from '#protocol/account/draft.ts'
import type { Input } from '#protocol/account/inputs.ts'
import { placementRequest, type ToPlace } from '#protocol/account/place.ts'
import { type AccountState, type JobRecord, openJobs } from '#protocol/account/state.ts'
import type { PlacementRequest } from '#protocol/placement/eligible.ts'
import type { OfferTable } from '#protocol/placement/offer-table.ts'
import type { LeaseRef } from './leases.ts'
import { lacksReplicas } from './urgency.ts'

/** What an entry on top of `state` would be made of. */
interface NextEntry {
  readonly state: AccountState
  readonly rules: Rules
  /** That this witness would contribute. */
  readonly inputs: readonly Input[]
  readonly overdue: readonly LeaseRef[]
  /** All that it knows; asked for only if it matters, for it may have to be built. */
  readonly table: () => OfferTable
  /** This witness's clock: what certified time will be, about. */
  readonly timeMs: number
}

/**
 * One for each job that the entry may give tickets of: those that lack replicas, those that may lose a seat by it, and
 * those that it may admit; each wants one replica at least. Which comes first changes with the height, so that each has
 * its turn. Empty: offers do not matter to the entry.
 */
export function requestsToPlace(next: NextEntry): PlacementRequest[] {
  const { inputs, overdue, state } = next
  const losing = new Set(overdue.map(([job]) => job))
  for (const input of inputs) if (input.kind === 'refuse') losing.add(input.statement.job)
  const open: ToPlace[] = openJobs(state).filter((job) => losing.has(job.id) || mayLack(job))
  const begins = open.length === 0 ? 0 : state.height % open.length
  const admitted = inputs.flatMap((input) => (input.kind === 'job' ? [unplaced(input.spec)] : []))
  const jobs = [...open.slice(begins), ...open.slice(0, begins), ...admitted]
  if (jobs.length === 0) return []
  const context = { state, rules: next.rules, timeMs: next.timeMs, offers: next.table() }
  return jobs.map((job) => {
    const request = placementRequest(job, context)
    return { ...request, want: Math.max(1, request.want) }
  })
}

/** A ticket that is not taken in time goes to another peer. */
function mayLack(job: JobRecord): boolean {
  return lacksReplicas(job) || (job.phase !== 'revealing' && job.seats.some((seat) => seat.role === 'offered'))
}

function unplaced(spec: JobRecord['spec']): ToPlace {
  return { spec, seats: [], excluded: [], deferred: [] }
}
