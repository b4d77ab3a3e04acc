/**
 * S6: only the holder of the current lease commits, and a result is paid only if its author committed to it before
 * anybody revealed.
 */
import { readInput } from '#protocol/account/inputs.ts'
import type { JobRecord } from '#protocol/account/state.ts'
import { commitmentHash } from '#protocol/verification/commitment.ts'
import { sha256, toHex } from '#protocol/wire/hash.ts'
import type { CertifiedEntry } from '../world/certified-entry.ts'
import type { Checker } from './checker.ts'

/** The fence, read from the bodies of each entry. */
export const fence: Checker = {
  property: 'S6',
  *entry(certified) {
    for (const job of certified.after.jobs.values()) {
      const before = certified.before.jobs.get(job.id)
      if (before?.phase === 'closed') continue
      yield* growing(before, job)
      yield* revealed(before, job)
      yield* excluded(before, job)
      yield* saidByHolder(certified, before, job)
      if (job.phase === 'closed') yield* paidCommitted(certified, before, job)
    }
  },
}

/** A seat that is given out anew has a higher fence than any before. */
function* growing(before: JobRecord | undefined, job: JobRecord): Iterable<string> {
  const highest = Math.max(0, ...(before?.seats ?? []).map((seat) => seat.fence))
  for (const seat of job.seats) {
    const earlier = before?.seats.find((other) => other.peer === seat.peer)
    if (seat.role !== 'standby' && seat.fence === 0) yield 'an active seat has no fence'
    if (seat.fence === 0 || earlier?.fence === seat.fence) continue
    if (seat.fence <= highest) yield 'a new seat has an old fence'
  }
}

/** The reveal opens once every active replica has committed; from then on no commitment is taken. */
function* revealed(before: JobRecord | undefined, job: JobRecord): Iterable<string> {
  const opened = job.phase === 'revealing' && before?.phase !== 'revealing'
  const uncommitted = job.seats.some((seat) => seat.role === 'offered' || seat.role === 'running')
  if (opened && uncommitted) yield 'results are revealed before every replica committed'
  if (before?.phase !== 'revealing') return
  for (const seat of job.seats) {
    const earlier = before.seats.find((other) => other.peer === seat.peer)
    if (earlier?.commitment !== seat.commitment) yield 'a commitment was taken after the reveal began'
  }
}

/** A replica that lost its seat while it ran gets no other one of this job, unless it said that it was only busy. */
function* excluded(before: JobRecord | undefined, job: JobRecord): Iterable<string> {
  if (job.phase === 'closed') return
  for (const seat of before?.seats ?? []) {
    const gone = !job.seats.some((other) => other.peer === seat.peer && other.fence === seat.fence)
    const known = job.excluded.includes(seat.peer) || job.deferred.some(([peer]) => peer === seat.peer)
    if (seat.role === 'running' && gone && !known) yield 'a replica that failed may get the same job again'
  }
  for (const peer of job.excluded) {
    if (job.seats.some((seat) => seat.peer === peer)) yield 'a replica that failed this job got it again'
  }
}

/** A seat changes hands and roles only by what its holder says with the fence of that very seat. */
function* saidByHolder(
  { bodies, rules, height }: CertifiedEntry,
  before: JobRecord | undefined,
  job: JobRecord,
): Iterable<string> {
  for (const seat of job.seats) {
    const earlier = before?.seats.find((other) => other.peer === seat.peer && other.fence === seat.fence)
    if (earlier?.role === seat.role || seat.role === 'standby' || seat.role === 'offered') continue
    const said = [...bodies.values()].flatMap((envelope) => {
      const input = envelope.signer === seat.peer ? readInput(envelope, rules.domain) : undefined
      if (input === undefined || !('statement' in input) || input.statement.job !== job.id) return []
      return input.statement.fence === seat.fence ? [input] : []
    })
    if (earlier?.role === 'offered' && !said.some(({ kind }) => kind === 'accept'))
      yield `a seat is taken at height ${height} without an accept of its fence`
    const committed = said.some((input) => input.kind === 'commitment' && input.statement.hash === seat.commitment)
    if (seat.role === 'committed' && !committed) yield `a commitment of height ${height} has another fence`
  }
}

function* paidCommitted(
  { bodies, rules, height }: CertifiedEntry,
  before: JobRecord | undefined,
  job: JobRecord,
): Iterable<string> {
  for (const winner of job.outcome?.verdict?.winners ?? []) {
    const seat = before?.seats.find((candidate) => candidate.peer === winner)
    if (seat?.role !== 'committed') {
      yield `a winner of height ${height} had not committed before`
      continue
    }
    const opened = [...bodies.values()].some((envelope) => {
      const input =
        envelope.kind === 'result' && envelope.signer === winner ? readInput(envelope, rules.domain) : undefined
      if (input?.kind !== 'result' || input.statement.job !== job.id || input.statement.fence !== seat.fence)
        return false
      const { digest, nonce, fence: token } = input.statement
      const hash = commitmentHash({ jobId: job.id, fence: token, peer: winner, outputDigest: digest, nonce })
      return hash === seat.commitment && toHex(sha256(nonce)).length === 64
    })
    if (!opened) yield `a winner of height ${height} is paid for a result that it did not commit to`
  }
}
