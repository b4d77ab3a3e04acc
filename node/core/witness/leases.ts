/** The leases of an account's running replicas as this witness sees them: when each was last renewed, in its own active time: a witness
 * that was stalled itself did not hear the renewals. */
import { type AccountState, openJobs } from '#protocol/account/state.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'

/** Job, fence and holder. */
export type LeaseRef = [job: string, fence: number, peer: PeerKey]

interface Lease {
  readonly ref: LeaseRef
  renewedMs: number
}

export class Leases {
  #leases = new Map<string, Lease>()
  /** No lease runs out before this. */
  #soonestMs = Number.POSITIVE_INFINITY

  /** Leases are those of the replicas that run in `state`; new ones begin now. */
  follow(state: AccountState, nowMs: number): void {
    const leases = new Map<string, Lease>()
    for (const job of openJobs(state)) {
      for (const { role, fence, peer } of job.seats) {
        if (role !== 'running') continue
        const name = nameOf(job.id, fence, peer)
        leases.set(name, this.#leases.get(name) ?? { ref: [job.id, fence, peer], renewedMs: nowMs })
      }
    }
    this.#leases = leases
    this.#findSoonest()
  }

  /** Takes a renewal; false if there is no such lease. */
  renew([job, fence, peer]: LeaseRef, nowMs: number): boolean {
    const lease = this.#leases.get(nameOf(job, fence, peer))
    if (lease !== undefined) lease.renewedMs = nowMs
    return lease !== undefined
  }

  /** Leases that ran out. */
  overdue(nowMs: number): LeaseRef[] {
    if (nowMs <= this.#soonestMs) return []
    this.#findSoonest()
    return [...this.#leases.values()]
      .filter(({ renewedMs }) => nowMs > renewedMs + limits.leaseMs)
      .map(({ ref }) => ref)
  }

  /** No later than the moment when the next lease runs out. */
  nextMs(): number {
    return this.#soonestMs
  }

  #findSoonest(): void {
    this.#soonestMs = Number.POSITIVE_INFINITY
    for (const { renewedMs } of this.#leases.values()) {
      this.#soonestMs = Math.min(this.#soonestMs, renewedMs + limits.leaseMs)
    }
  }
}

function nameOf(job: string, fence: number, peer: PeerKey): string {
  return `${job}/${fence}/${peer}`
}
