/**
 * Whether an input can concern a log, from what it claims alone: decided before its signature is checked, for most junk
 * ends here. Only the wallet speaks for its account, and only the holder of a seat for the seat (property S6).
 */
import type { LogInput } from '#protocol/account/inputs.ts'
import type { AccountState, JobRecord, Seat } from '#protocol/account/state.ts'
import { findMember } from '#protocol/membership/registry.ts'
import { commitmentHash } from '#protocol/verification/commitment.ts'
import type { AccountLog } from './account-log.ts'

/**
 * `now`: from the account's wallet, or from the holder of the very seat that it is about. `early`: the log may give
 * that seat out yet, to a member of the epoch. `never`: no entry that follows can serve it.
 */
export type Relevance = 'now' | 'early' | 'never'

type SeatStatement = Exclude<LogInput, { kind: 'job' | 'cancel' }>

/** What `input` is to the log, if it is signed by whom it names. */
export function relevanceOf({ state, rules }: AccountLog, input: LogInput): Relevance {
  // Its shape binds the account to the signer.
  if (input.kind === 'job' || input.kind === 'cancel') return 'now'
  const found = seatOf(state, input)
  if (found !== undefined) return ofSeat(found, input)
  const isToCome = input.statement.fence > state.height
  return isToCome && findMember(rules.registry, input.envelope.signer) !== undefined ? 'early' : 'never'
}

interface HeldSeat {
  readonly job: JobRecord
  readonly seat: Seat
}

function seatOf(state: AccountState, { statement, envelope }: SeatStatement): HeldSeat | undefined {
  const job = state.jobs.get(statement.job)
  const seat = job?.seats.find(({ peer }) => peer === envelope.signer)
  return job !== undefined && seat?.fence === statement.fence ? { job, seat } : undefined
}

/** A result must be what was committed to: so one seat can make this peer fetch one output, and no more. */
function ofSeat({ job, seat }: HeldSeat, input: SeatStatement): Relevance {
  if (job.phase === 'closed') return 'never'
  if (input.kind !== 'result') return 'now'
  // The commitment may be on its way to this witness.
  if (seat.commitment === '') return 'early'
  const { fence, digest, nonce } = input.statement
  const hash = commitmentHash({ jobId: job.id, fence, peer: seat.peer, outputDigest: digest, nonce })
  return hash === seat.commitment ? 'now' : 'never'
}
