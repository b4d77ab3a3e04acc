/** The leases of an account's running replicas as this witness sees them: when each was last renewed, in its own active time: a witness
 * that was stalled itself did not hear the renewals. */
import { type AccountState, openJobs } from '#protocol/account/state.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import type { FailureDetector } from '../failure-detector.ts'

/** Job, fence and holder. */
export type LeaseRef = [job: string, fence: number, peer: PeerKey]

interface Lease {
  readonly ref: LeaseRef
  renewedMs: number
  /** True once it was renewed: then the next renewal ends a gap. */
  renewed: boolean
}

export class Leases {
  readonly #failureDetector: FailureDetector
  #leases = new Map<string, Lease>()
  /** No lease runs out before this. */
  #soonestMs = Number.POSITIVE_INFINITY

  constructor(failureDetector: FailureDetector) {
    this.#failureDetector = failureDetector
  }

  /** Leases are those of the replicas that run in `state`; new ones begin now. */
  follow(state: AccountState, nowMs: number): void {
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
  renew([job, fence, peer]: LeaseRef, nowMs: number): boolean {
    const lease = this.#leases.get(nameOf(job, fence, peer))
    if (lease === undefined) return false
    if (lease.renewed) this.#failureDetector.heartbeat(peer, nowMs - lease.renewedMs, nowMs)
    lease.renewedMs = nowMs
    lease.renewed = true
    this.#soonestMs = Math.min(this.#soonestMs, this.#endMs(lease, nowMs))
    return true
  }

  /** Leases that ran out. */
  overdue(nowMs: number): LeaseRef[] {
    if (nowMs <= this.#soonestMs) return []
    this.#findSoonest(nowMs)
    return [...this.#leases.values()].filter((lease) => nowMs > this.#endMs(lease, nowMs)).map(({ ref }) => ref)
  }

  /** About when the next lease runs out: no later, unless its holder's renewals just became more regular. */
  nextMs(): number {
    return this.#soonestMs
  }

  #endMs({ ref: [, , peer], renewedMs, renewed }: Lease, nowMs: number): number {
    return renewedMs + (renewed ? this.#failureDetector.timeoutMs(peer, nowMs) : limits.silenceUnknownMs)
  }

  #findSoonest(nowMs: number): void {
    this.#soonestMs = Number.POSITIVE_INFINITY
    for (const lease of this.#leases.values()) this.#soonestMs = Math.min(this.#soonestMs, this.#endMs(lease, nowMs))
  }
}

function nameOf(job: string, fence: number, peer: PeerKey): string {
  return `${job}/${fence}/${peer}`
}
