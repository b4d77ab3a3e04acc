/**
 * The leases of an account's running replicas as this witness sees them: when each was last renewed, in its own active
 * time, for a witness that was stalled itself did not hear the renewals.
 */
import { type AccountState, openJobs } from '#protocol/account/state.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import type { FailureDetector } from '../failure-detector.ts'
import { type ActiveMs, earliest, elapsedMs, later, NEVER } from '../time.ts'

/** Job, fence and holder: the form in which contributions name a lease that is overdue. */
export type LeaseRef = [job: string, fence: number, peer: PeerKey]

interface Lease {
  readonly ref: LeaseRef
  /** The last renewal, or when the lease began here. */
  renewedMs: ActiveMs
  /** True once it was renewed: then the next renewal ends a gap. */
  renewed: boolean
}

/**
 * One per log; at most one lease for each seat of an open job. A lease ends by silence, and lives on if it is renewed.
 */
export class Leases {
  readonly #failureDetector: FailureDetector
  /** By {@link nameOf}; those of the state followed last. */
  #leases = new Map<string, Lease>()
  /** No lease runs out before this, unless its holder's renewals became more regular since. */
  #soonestMs: ActiveMs = NEVER

  constructor(failureDetector: FailureDetector) {
    this.#failureDetector = failureDetector
  }

  /** Leases are those of the replicas that run in `state`; new ones begin at `nowMs`, known ones go on. */
  follow(state: AccountState, nowMs: ActiveMs): void {
    const leases = new Map<string, Lease>()
    for (const job of openJobs(state)) {
      for (const { role, fence, peer } of job.seats) {
        if (role !== 'running') continue
        const name = nameOf(job.id, fence, peer)
        leases.set(name, this.#leases.get(name) ?? { ref: [job.id, fence, peer], renewedMs: nowMs, renewed: false })
      }
    }
    this.#leases = leases
    this.#findSoonest(nowMs)
  }

  /** Takes a renewal; false if there is no such lease. */
  renew([job, fence, peer]: LeaseRef, nowMs: ActiveMs): boolean {
    const lease = this.#leases.get(nameOf(job, fence, peer))
    if (lease === undefined) return false
    if (lease.renewed) this.#failureDetector.heartbeat(peer, elapsedMs({ from: lease.renewedMs, to: nowMs }), nowMs)
    lease.renewedMs = nowMs
    lease.renewed = true
    this.#soonestMs = earliest(this.#soonestMs, this.#endMs(lease, nowMs))
    return true
  }

  /** Leases that ran out before `nowMs`. */
  overdue(nowMs: ActiveMs): LeaseRef[] {
    if (nowMs <= this.#soonestMs) return []
    this.#findSoonest(nowMs)
    return [...this.#leases.values()].filter((lease) => nowMs > this.#endMs(lease, nowMs)).map(({ ref }) => ref)
  }

  /** About when the next lease runs out: no later, unless its holder's renewals just became more regular. */
  nextMs(): ActiveMs {
    return this.#soonestMs
  }

  #endMs({ ref: [, , peer], renewedMs, renewed }: Lease, nowMs: ActiveMs): ActiveMs {
    return later(renewedMs, renewed ? this.#failureDetector.timeoutMs(peer, nowMs) : limits.silenceUnknownMs)
  }

  #findSoonest(nowMs: ActiveMs): void {
    this.#soonestMs = NEVER
    for (const lease of this.#leases.values()) this.#soonestMs = earliest(this.#soonestMs, this.#endMs(lease, nowMs))
  }
}

function nameOf(job: string, fence: number, peer: PeerKey): string {
  return `${job}/${fence}/${peer}`
}
