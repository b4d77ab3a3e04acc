/** Leases: the witnesses hear from a replica that it is at work, and it hears that they did. */
import { limits } from '#protocol/limits.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { Context } from '../context.ts'
import type { Run } from './run.ts'

/** The right to run, as its holder sees it. Times are monotonic. */
export interface Lease {
  renewAtMs: number
  /** When the newest renewal that q witnesses confirmed was sent. */
  heldSinceMs: number
  readonly renewals: Map<number, { readonly sentMs: number; readonly by: Set<PeerKey> }>
}

const RENEWALS_KEPT = 8
/** A lease that was not confirmed for this share of its time is given up. */
const STOP_SHARE = 0.9

export class Renewals {
  readonly #context: Context
  #token = 0

  constructor(context: Context) {
    this.#context = context
  }

  /** One message renews all leases of an account. `runs` may be of any account. */
  renew(account: WalletKey, runs: Iterable<Run>): void {
    const { monotonicMs } = this.#context.now
    const token = this.#token++
    const leases: [string, number][] = []
    for (const run of runs) {
      if (run.seat.account !== account || !isLeased(run) || leases.length >= limits.openJobsPerAccount) continue
      const { lease } = run
      lease.renewAtMs = monotonicMs + limits.renewEveryMs
      lease.renewals.set(token, { sentMs: monotonicMs, by: new Set() })
      for (const old of lease.renewals.keys()) {
        if (lease.renewals.size <= RENEWALS_KEPT) break
        lease.renewals.delete(old)
      }
      leases.push([run.seat.job, run.seat.fence])
    }
    const witnesses = this.#context.committee(account)?.witnesses ?? []
    this.#context.send(witnesses, { type: 'renew', account, leases, token })
  }

  /** A witness confirms the renewal `token` of `run`. */
  confirmed(run: Run, from: PeerKey, token: number): void {
    const { lease, seat, epoch } = run
    const renewal = lease.renewals.get(token)
    if (renewal === undefined) return
    renewal.by.add(from)
    const q = this.#context.committee(seat.account, epoch)?.q ?? Number.POSITIVE_INFINITY
    if (renewal.by.size >= q) lease.heldSinceMs = Math.max(lease.heldSinceMs, renewal.sentMs)
  }
}

/** A lease that begins now. */
export function newLease(nowMs: number): Lease {
  return { renewAtMs: nowMs + limits.renewEveryMs, heldSinceMs: nowMs, renewals: new Map() }
}

export function isLeased(run: Run): boolean {
  return run.role === 'running' || run.role === 'offered'
}

/** When a lease that is not confirmed again is given up, monotonic. */
export function heldUntilMs({ lease }: Run): number {
  return lease.heldSinceMs + limits.leaseMs * STOP_SHARE
}
