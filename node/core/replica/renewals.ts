/** Renews leases: the witnesses hear from a replica that it is at work, and it hears that they did. */
import { dropOldest } from '#protocol/drop-oldest.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { Context } from '../context.ts'
import { latest } from '../time.ts'
import { asksForAnswer, nextRenewalMs } from './lease.ts'
import { isLeased, type ReplicaRun } from './replica-run.ts'

const RENEWALS_KEPT = 8

/** Writes into the runs' leases, and nowhere else. */
export class Renewals {
  readonly #context: Context
  /** Of the last renewal that asked for an answer; 0 asks for none. */
  #token = 0

  constructor(context: Context) {
    this.#context = context
  }

  /** One message renews all leases of an account. `runs` may be of any account. */
  renew(account: WalletKey, runs: Iterable<ReplicaRun>): void {
    const { monotonicMs } = this.#context
    const renewed: ReplicaRun[] = []
    for (const run of runs) {
      if (run.seat.account === account && isLeased(run) && renewed.length < limits.openJobsPerAccount) renewed.push(run)
    }
    const asks = renewed.some(({ lease }) => asksForAnswer(lease, monotonicMs))
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

  /** A witness confirms the renewal `token` of `run`; what others say of it is nothing. */
  confirmed(run: ReplicaRun, from: PeerKey, token: number): void {
    const { lease, seat, epoch } = run
    const renewal = lease.renewals.get(token)
    const committee = this.#context.committee(seat.account, epoch)
    if (renewal === undefined || committee?.witnesses.includes(from) !== true) return
    renewal.by.add(from)
    if (renewal.by.size >= committee.q) lease.heldSinceMs = latest(lease.heldSinceMs, renewal.sentMs)
  }
}
