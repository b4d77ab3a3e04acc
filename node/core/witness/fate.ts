/** What becomes of the statements about one job that wait at a witness: served by the next entry, kept waiting, or dropped for good. */
import { carriesOutput, type Input } from '#protocol/account/inputs.ts'
import type { AccountState, JobRecord, Seat } from '#protocol/account/state.ts'
import { limits } from '#protocol/limits.ts'

/** An input about a job that the log already has, or soon will. */
export type JobStatement = Extract<Input, { kind: 'cancel' | 'accept' | 'refuse' | 'commitment' | 'result' }>
type SeatStatement = Exclude<JobStatement, { kind: 'cancel' }>
type ResultStatement = Extract<Input, { kind: 'result' }>

export type Fate = 'serve' | 'wait' | 'drop'

/** What a fate depends on besides the certified state and the other statements. */
export interface Surroundings {
  readonly wallMs: number
  /** Grows with every blob that arrives. */
  readonly blobsVersion: number
  readonly has: (cid: string) => boolean
}

/** The fates of `statements`, which are all that wait about one job, in their order. */
export function fatesOf(statements: readonly JobStatement[], state: AccountState, around: Surroundings): Fate[] {
  return statements.map((statement) => fateOf(statement, state, around, statements))
}

function fateOf(
  statement: JobStatement,
  state: AccountState,
  around: Surroundings,
  all: readonly JobStatement[],
): Fate {
  switch (statement.kind) {
    case 'cancel':
      return fateOfCancel(state.jobs.get(statement.job))
    case 'accept':
      return fateOfSeat(statement, state, ['offered'])
    case 'refuse':
      return fateOfSeat(statement, state, ['offered', 'running'])
    case 'commitment':
      return fateOfCommitment(statement, state, all)
    case 'result':
      return fateOfResult(statement, state, around, all)
  }
}

function fateOfCancel(job: JobRecord | undefined): Fate {
  if (job === undefined) return 'wait'
  return job.phase === 'closed' || job.seats.some((seat) => seat.role === 'committed') ? 'drop' : 'serve'
}

function seatOf(input: SeatStatement, state: AccountState): { job: JobRecord; seat: Seat | undefined } | undefined {
  const job = state.jobs.get(input.statement.job)
  if (job === undefined) return undefined
  const seat = job.seats.find((candidate) => candidate.peer === input.envelope.signer)
  return { job, seat: seat?.fence === input.statement.fence ? seat : undefined }
}

/** A statement about a seat that does not exist (yet) waits while the log may still be behind; one about a lost seat is dropped. */
function fateOfSeat(input: SeatStatement, state: AccountState, roles: readonly Seat['role'][]): Fate {
  const found = seatOf(input, state)
  if (found === undefined || input.statement.fence > state.height) return 'wait'
  if (found.seat === undefined || found.job.phase === 'closed') return 'drop'
  return roles.includes(found.seat.role) ? 'serve' : 'drop'
}

/** A commitment may travel in the same entry as its accept. */
function fateOfCommitment(input: SeatStatement, state: AccountState, all: readonly JobStatement[]): Fate {
  const fate = fateOfSeat(input, state, ['offered', 'running'])
  if (fate !== 'serve' || seatOf(input, state)?.seat?.role !== 'offered') return fate
  const { signer } = input.envelope
  return all.some((other) => other.kind === 'accept' && other.envelope.signer === signer) ? 'serve' : 'wait'
}

/** Results are judged together: once all committed replicas' results and outputs are here, or the time to reveal is over. */
function fateOfResult(
  input: ResultStatement,
  state: AccountState,
  around: Surroundings,
  all: readonly JobStatement[],
): Fate {
  const fate = fateOfSeat(input, state, ['committed', 'running', 'offered'])
  const job = state.jobs.get(input.statement.job)
  if (fate !== 'serve' || job === undefined) return fate
  if (job.phase !== 'revealing') return 'wait'
  if (around.wallMs > job.revealMs + limits.revealTimeoutMs) return outputHere(input, job, around) ? 'serve' : 'wait'
  return allRevealed(job, around, all) ? 'serve' : 'wait'
}

function allRevealed(job: JobRecord, around: Surroundings, all: readonly JobStatement[]): boolean {
  const results = new Map<string, ResultStatement>()
  for (const other of all) if (other.kind === 'result') results.set(other.envelope.signer, other)
  return job.seats.every((seat) => {
    if (seat.role !== 'committed') return true
    const result = results.get(seat.peer)
    return result !== undefined && outputHere(result, job, around)
  })
}

/** A result counts once its output is on this witness's disk: what was paid for can be collected. */
function outputHere(input: ResultStatement, job: JobRecord, around: Surroundings): boolean {
  const { output, body } = input.statement
  return output === '' || around.has(output) || (body.length > 0 && carriesOutput(job.spec, body.length))
}
