/**
 * S4 and S5: every micro-credit that leaves an account is a payment of a job that this entry closed, and none is paid
 * twice.
 */
import type { AccountState, JobRecord } from '#protocol/account/state.ts'
import type { CertifiedEntry } from '../world/certified-entry.ts'
import type { World } from '../world/world.ts'
import type { Checker } from './checker.ts'

/** Conservation, recomputed from the jobs' records alone. */
export const conservation: Checker = {
  property: 'S4',
  *entry(certified) {
    const { before, after, height } = certified
    const paid = new Map(before.totals)
    for (const job of after.jobs.values()) {
      const earlier = before.jobs.get(job.id)
      if (earlier?.phase === 'closed' && earlier !== job && !sameOutcome(earlier, job)) {
        yield `a closed job changed at height ${height}`
      }
      if (job.phase !== 'closed' || earlier?.phase === 'closed') continue
      yield* paidFairly(job)
      yield* paidToEarners(certified, job)
      for (const { payee, amount } of job.outcome?.payments ?? []) paid.set(payee, (paid.get(payee) ?? 0n) + amount)
    }
    const payees = new Set([...paid.keys(), ...after.totals.keys()])
    for (const payee of payees) {
      if ((paid.get(payee) ?? 0n) !== (after.totals.get(payee) ?? 0n))
        yield `totals and payments differ at height ${height}`
    }
  },
}

/** S5: spent and reserved stay within what the wallet authorised and what it deposited. */
export function authorised(world: World): Checker {
  return {
    property: 'S5',
    *entry({ account, after, height }) {
      if (committed(after) > world.chain.account(account).deposit)
        yield `more is spent and reserved than was deposited at height ${height}`
      const limit = [...after.jobs.values()].reduce(
        (most, { spec }) => (spec.authorised > most ? spec.authorised : most),
        after.authorised,
      )
      if (committed(after) > limit) yield `more is spent and reserved than was authorised at height ${height}`
    },
  }
}

function* paidFairly(job: JobRecord): Iterable<string> {
  const { outcome, spec } = job
  if (outcome === null) {
    yield 'a closed job has no outcome'
    return
  }
  const sum = outcome.payments.reduce((total, { amount }) => total + amount, 0n)
  if (sum !== outcome.charged) yield 'a job is charged another amount than is paid'
  if (sum > spec.priceMax) yield 'a job costs more than its price limit'
  if (sum > 0n && outcome.verdict === null) yield 'a job without a verdict is paid for'
  if (outcome.state === 'expired' && sum > 0n) yield 'an expired job is charged'
}

/** Only those who agreed (or, without a majority, revealed) and the witnesses that voted are paid. */
function* paidToEarners({ entry, rules }: CertifiedEntry, job: JobRecord): Iterable<string> {
  const { outcome } = job
  const winners =
    outcome?.code === 'NO_MAJORITY'
      ? job.seats.filter((seat) => seat.role === 'revealed').map((seat) => seat.peer)
      : outcome?.verdict?.winners
  const earners = [...(winners ?? []), ...entry.previousSignatures.keys()]
  const owners = new Set(earners.map((peer) => rules.registry.members.find((member) => member.peer === peer)?.owner))
  for (const { payee } of outcome?.payments ?? []) if (!owners.has(payee)) yield 'somebody is paid who did not earn it'
}

function committed(state: AccountState): bigint {
  let sum = 0n
  for (const total of state.totals.values()) sum += total
  for (const job of state.jobs.values()) if (job.phase !== 'closed') sum += job.spec.priceMax
  return sum
}

function sameOutcome(a: JobRecord, b: JobRecord): boolean {
  return JSON.stringify(a.outcome, textOfBigint) === JSON.stringify(b.outcome, textOfBigint)
}

function textOfBigint(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
