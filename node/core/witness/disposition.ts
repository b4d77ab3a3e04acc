/**
 * What becomes of the statements about one job that wait at a witness: served by the next entry, kept waiting, or
 * dropped for good.
 */
import { carriesOutput, type InputOf } from '#protocol/account/inputs.ts'
import type { AccountState, JobRecord, Seat } from '#protocol/account/state.ts'
import { limits } from '#protocol/limits.ts'
import { type ActiveMs, asCertified, certifiedToWall, later, type WallMs } from '../time.ts'

/** An input about a job that the log already has, or soon will. */
export type JobStatement = InputOf<'cancel' | 'accept' | 'refuse' | 'commitment' | 'result'>
type SeatStatement = Exclude<JobStatement, { kind: 'cancel' }>

/** Served by the next entry, kept until something changes, or never to be served by any entry. */
export type Disposition = 'serve' | 'wait' | 'drop'

/**
 * Replicas of one job that start together answer together: their accepts and commitments wait so long for each other,
 * and share an entry.
 */
export const GATHER_MS = 25

/**
 * What a disposition depends on besides the certified state and the other statements: what this witness has to itself.
 */
export interface LocalView {
  /** Compared with the log's time: is the time to reveal over? */
  readonly wallMs: WallMs
  /** What statements wait for each other by. */
  readonly activeMs: ActiveMs
  /** Grows with every blob that arrives. */
  readonly blobsVersion: number
  /** True if the blob is on this witness's disk. */
  readonly has: (cid: string) => boolean
}

/**
 * The dispositions of `statements`, which are all that wait about one job, in their order. `gatheredMs`: until when
 * they wait for each other.
 */
export function dispositionsOf(
  statements: readonly JobStatement[],
  state: AccountState,
  local: LocalView,
  gatheredMs: ActiveMs,
): Disposition[] {
  const dispositions = statements.map((statement) => dispositionOf(statement, state, local, statements))
  if (local.activeMs >= gatheredMs || !stillGathering(statements, dispositions, state)) return dispositions
  return dispositions.map((disposition, i) =>
    disposition === 'serve' && isAnswer(statements[i]) ? 'wait' : disposition,
  )
}

/**
 * When the time to reveal results of a job that is being revealed is over, by this witness's clock: it may be ahead of
 * the log's, which alone decides.
 */
export function revealEndMs({ revealMs }: JobRecord): WallMs {
  return certifiedToWall(later(asCertified(revealMs), limits.revealTimeoutMs))
}

function isAnswer(statement: JobStatement | undefined): boolean {
  return statement?.kind === 'accept' || statement?.kind === 'commitment'
}

/**
 * True if a replica of the job has not said yet what it is about to say: its accept, or its commitment where another
 * one has committed.
 */
function stillGathering(
  statements: readonly JobStatement[],
  dispositions: readonly Disposition[],
  state: AccountState,
): boolean {
  const first = statements[0]
  const job = state.jobs.get(first === undefined ? '' : first.kind === 'cancel' ? first.job : first.statement.job)
  if (job === undefined) return false
  const said = (kind: JobStatement['kind'], peer: string): boolean =>
    statements.some((other, i) => dispositions[i] === 'serve' && other.kind === kind && other.envelope.signer === peer)
  const committing = statements.some(({ kind }) => kind === 'commitment')
  return job.seats.some(({ role, peer }) => {
    if (role !== 'offered' && role !== 'running') return false
    if (said('refuse', peer)) return false
    return committing ? !said('commitment', peer) : role === 'offered' && !said('accept', peer)
  })
}

function dispositionOf(
  statement: JobStatement,
  state: AccountState,
  local: LocalView,
  all: readonly JobStatement[],
): Disposition {
  switch (statement.kind) {
    case 'cancel':
      return dispositionOfCancel(state.jobs.get(statement.job))
    case 'accept':
      return dispositionOfSeat(statement, state, ['offered'])
    case 'refuse':
      return dispositionOfSeat(statement, state, ['offered', 'running'])
    case 'commitment':
      return dispositionOfCommitment(statement, state, all)
    case 'result':
      return dispositionOfResult(statement, state, local, all)
    default:
      return statement satisfies never
  }
}

function dispositionOfCancel(job: JobRecord | undefined): Disposition {
  if (job === undefined) return 'wait'
  return job.phase === 'closed' || job.seats.some((seat) => seat.role === 'committed') ? 'drop' : 'serve'
}

function seatOf(input: SeatStatement, state: AccountState): { job: JobRecord; seat: Seat | undefined } | undefined {
  const job = state.jobs.get(input.statement.job)
  if (job === undefined) return undefined
  const seat = job.seats.find((candidate) => candidate.peer === input.envelope.signer)
  return { job, seat: seat?.fence === input.statement.fence ? seat : undefined }
}

/**
 * A statement about a seat that does not exist (yet) waits while the log may still be behind; one about a lost seat is
 * dropped.
 */
function dispositionOfSeat(input: SeatStatement, state: AccountState, roles: readonly Seat['role'][]): Disposition {
  const found = seatOf(input, state)
  if (found === undefined || input.statement.fence > state.height) return 'wait'
  if (found.seat === undefined || found.job.phase === 'closed') return 'drop'
  return roles.includes(found.seat.role) ? 'serve' : 'drop'
}

/** A commitment may travel in the same entry as its accept. */
function dispositionOfCommitment(input: SeatStatement, state: AccountState, all: readonly JobStatement[]): Disposition {
  const disposition = dispositionOfSeat(input, state, ['offered', 'running'])
  if (disposition !== 'serve' || seatOf(input, state)?.seat?.role !== 'offered') return disposition
  const { signer } = input.envelope
  return all.some((other) => other.kind === 'accept' && other.envelope.signer === signer) ? 'serve' : 'wait'
}

/**
 * Results are judged together: once all committed replicas' results and outputs are here, or the time to reveal is
 * over.
 */
function dispositionOfResult(
  input: InputOf<'result'>,
  state: AccountState,
  local: LocalView,
  all: readonly JobStatement[],
): Disposition {
  const disposition = dispositionOfSeat(input, state, ['committed', 'running', 'offered'])
  const job = state.jobs.get(input.statement.job)
  if (disposition !== 'serve' || job === undefined) return disposition
  if (job.phase !== 'revealing') return 'wait'
  if (local.wallMs > revealEndMs(job)) return outputHere(input, job, local) ? 'serve' : 'wait'
  return allRevealed(job, local, all) ? 'serve' : 'wait'
}

function allRevealed(job: JobRecord, local: LocalView, all: readonly JobStatement[]): boolean {
  const results = new Map<string, InputOf<'result'>>()
  for (const other of all) if (other.kind === 'result') results.set(other.envelope.signer, other)
  return job.seats.every((seat) => {
    if (seat.role !== 'committed') return true
    const result = results.get(seat.peer)
    return result !== undefined && outputHere(result, job, local)
  })
}

/** A result counts once its output is on this witness's disk: what was paid for can be collected. */
function outputHere(input: InputOf<'result'>, job: JobRecord, local: LocalView): boolean {
  const { output, body } = input.statement
  return output === '' || local.has(output) || (body.length > 0 && carriesOutput(job.spec, body.length))
}
