/** Leases: the witnesses hear from a replica that it is at work, and it hears that they did. */
import { dropOldest } from '#protocol/drop-oldest.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { Context } from '../context.ts'
import type { ReplicaRun } from './run.ts'

/** The right to run, as its holder sees it. Times are monotonic. */
export interface Lease {
  renewAtMs: number
  /** When a renewal last asked for an answer. */
  askedMs: number
  /** When the newest renewal that q witnesses confirmed was sent. */
  heldSinceMs: number
  readonly renewals: Map<number, { readonly sentMs: number; readonly by: Set<PeerKey> }>
}

const RENEWALS_KEPT = 8
/** A lease that was not confirmed for this share of its time is given up. */
const STOP_SHARE = 0.9

export class Renewals {
  readonly #context: Context
  /** Of the last renewal that asked for an answer; 0 asks for none. */
  #token = 0

  constructor(context: Context) {
    this.#context = context
  }

  /** One message renews all leases of an account. `runs` may be of any account. */
  renew(account: WalletKey, runs: Iterable<ReplicaRun>): void {
    const { monotonicMs } = this.#context.now
    const renewed: ReplicaRun[] = []
    for (const run of runs) {
      if (run.seat.account === account && isLeased(run) && renewed.length < limits.openJobsPerAccount) renewed.push(run)
    }
    const asks = renewed.some(({ lease }) => monotonicMs >= lease.askedMs + limits.renewAnswerMs)
    const token = asks ? ++this.#token : 0
    for (const { lease } of renewed) {
      lease.renewAtMs = nextRenewalMs(monotonicMs)
      if (!asks) continue
      lease.askedMs = monotonicMs
      lease.renewals.set(token, { sentMs: monotonicMs, by: new Set() })
      dropOldest(lease.renewals, RENEWALS_KEPT)
    }
    const leases = renewed.map(({ seat }): [string, number] => [seat.job, seat.fence])
    const witnesses = this.#context.committee(account)?.witnesses ?? []
    this.#context.send(witnesses, { type: 'renew', account, leases, token })
  }

  /** A witness confirms the renewal `token` of `run`. */
  confirmed(run: ReplicaRun, from: PeerKey, token: number): void {
    const { lease, seat, epoch } = run
    const renewal = lease.renewals.get(token)
    if (renewal === undefined) return
    renewal.by.add(from)
    const q = this.#context.committee(seat.account, epoch)?.q ?? Number.POSITIVE_INFINITY
    if (renewal.by.size >= q) lease.heldSinceMs = Math.max(lease.heldSinceMs, renewal.sentMs)
  }
}

/** A lease that begins now. A run that is over soon needs no renewal. */
export function newLease(nowMs: number): Lease {
  const renewAtMs = nextRenewalMs(nowMs + limits.renewFirstMs)
  return { renewAtMs, askedMs: Number.NEGATIVE_INFINITY, heldSinceMs: nowMs, renewals: new Map() }
}

/** Renewals of all accounts fall together: their frames to one witness share a packet. */
function nextRenewalMs(nowMs: number): number {
  return (Math.floor(nowMs / limits.renewEveryMs) + 1) * limits.renewEveryMs
}

export function isLeased(run: ReplicaRun): boolean {
  return run.role === 'running' || run.role === 'offered'
}

/** When a lease that is not confirmed again is given up, monotonic. */
export function heldUntilMs({ lease }: ReplicaRun): number {
  return lease.heldSinceMs + limits.leaseMs * STOP_SHARE
}
