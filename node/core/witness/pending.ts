/** Inputs of one account that wait to be served by an entry: bounded, one place per author and kind of statement. */
import { carriesOutput, type Input } from '#protocol/account/inputs.ts'
import type { AccountState, JobRecord, Seat } from '#protocol/account/state.ts'
import { limits } from '#protocol/limits.ts'

/** What to do with a pending input in a given state. */
type Fate = 'serve' | 'wait' | 'drop'

export class PendingInputs {
  readonly #inputs = new Map<string, { readonly input: Input; readonly sinceMs: number }>()

  /** Keeps `input`; false if it is known or there is no room. */
  add(input: Input, nowMs: number): boolean {
    const { id } = input.envelope
    if (this.#inputs.has(id)) return false
    if (this.#inputs.size >= limits.pendingPerAccount) return false
    this.#inputs.set(id, { input, sinceMs: nowMs })
    return true
  }

  has(id: string): boolean {
    return this.#inputs.has(id)
  }

  get(id: string): Input | undefined {
    return this.#inputs.get(id)?.input
  }

  remove(id: string): void {
    this.#inputs.delete(id)
  }

  get size(): number {
    return this.#inputs.size
  }

  values(): Input[] {
    return [...this.#inputs.values()].map(({ input }) => input)
  }

  /** The inputs that the next entry can serve, at most 64, oldest first; forgets those that no entry ever will. */
  servable(state: AccountState, context: { wallMs: number; has: (cid: string) => boolean }): Input[] {
    const served: Input[] = []
    const jobs: Extract<Input, { kind: 'job' }>[] = []
    for (const { input } of this.#inputs.values()) {
      if (input.kind === 'job') {
        jobs.push(input)
        continue
      }
      const fate = fateOf(input, state, context, this)
      if (fate === 'drop') this.#inputs.delete(input.envelope.id)
      if (fate === 'serve' && served.length < limits.inputsPerEntry) served.push(input)
    }
    return [...served, ...inSequence(jobs, state, context)].slice(0, limits.inputsPerEntry)
  }

  /** Forgets jobs that waited too long for the number before theirs. */
  forgetOlderThan(nowMs: number, ageMs: number): Input[] {
    const old: Input[] = []
    for (const [id, { input, sinceMs }] of this.#inputs) {
      if (nowMs - sinceMs <= ageMs) continue
      this.#inputs.delete(id)
      old.push(input)
    }
    return old
  }
}

/** Jobs that can be admitted one after another, and those whose number is taken (so that their author is told). */
function inSequence(
  jobs: Extract<Input, { kind: 'job' }>[],
  state: AccountState,
  context: { has: (cid: string) => boolean },
): Input[] {
  const out: Input[] = []
  let next = state.lastSeq + 1
  for (const job of jobs.sort((a, b) => a.spec.seq - b.spec.seq)) {
    if (job.spec.seq > next) break
    if (!job.spec.inputs.every((file) => context.has(file.cid))) {
      if (job.spec.seq === next) break
      continue
    }
    if (job.spec.seq === next) next++
    out.push(job)
  }
  return out
}

function fateOf(
  input: Input,
  state: AccountState,
  context: { wallMs: number; has: (cid: string) => boolean },
  pending: PendingInputs,
): Fate {
  switch (input.kind) {
    case 'cancel': {
      const job = state.jobs.get(input.job)
      if (job === undefined) return 'wait'
      return job.phase === 'closed' || job.seats.some((seat) => seat.role === 'committed') ? 'drop' : 'serve'
    }
    case 'accept':
      return fateOfSeat(input, state, ['offered'])
    case 'refuse':
      return fateOfSeat(input, state, ['offered', 'running'])
    case 'commitment':
      return fateOfCommitment(input, state, pending)
    case 'result':
      return fateOfResult(input, state, context, pending)
    default:
      return 'drop'
  }
}

type SeatInput = Extract<Input, { kind: 'accept' | 'refuse' | 'commitment' | 'result' }>

function seatOf(input: SeatInput, state: AccountState): { job: JobRecord; seat: Seat | undefined } | undefined {
  const job = state.jobs.get(input.statement.job)
  if (job === undefined) return undefined
  const seat = job.seats.find((candidate) => candidate.peer === input.envelope.signer)
  return { job, seat: seat?.fence === input.statement.fence ? seat : undefined }
}

/** A statement about a seat that does not exist (yet) waits while the log may still be behind; one about a lost seat is dropped. */
function fateOfSeat(input: SeatInput, state: AccountState, roles: readonly Seat['role'][]): Fate {
  const found = seatOf(input, state)
  if (found === undefined || input.statement.fence > state.height) return 'wait'
  if (found.seat === undefined || found.job.phase === 'closed') return 'drop'
  return roles.includes(found.seat.role) ? 'serve' : 'drop'
}

/** A commitment may travel in the same entry as its accept. */
function fateOfCommitment(
  input: Extract<Input, { kind: 'commitment' }>,
  state: AccountState,
  pending: PendingInputs,
): Fate {
  const found = seatOf(input, state)
  const fate = fateOfSeat(input, state, ['offered', 'running'])
  if (fate !== 'serve' || found?.seat?.role !== 'offered') return fate
  const accepted = pending.values().some((other) => {
    return (
      other.kind === 'accept' &&
      other.envelope.signer === input.envelope.signer &&
      other.statement.job === input.statement.job
    )
  })
  return accepted ? 'serve' : 'wait'
}

/** Results are judged together: once all committed replicas' results and outputs are here, or the time to reveal is over. */
function fateOfResult(
  input: Extract<Input, { kind: 'result' }>,
  state: AccountState,
  context: { wallMs: number; has: (cid: string) => boolean },
  pending: PendingInputs,
): Fate {
  const fate = fateOfSeat(input, state, ['committed', 'running', 'offered'])
  const job = state.jobs.get(input.statement.job)
  if (fate !== 'serve' || job === undefined) return fate
  if (job.phase !== 'revealing') return 'wait'
  if (context.wallMs > job.revealMs + limits.revealTimeoutMs) return outputHere(input, job, context) ? 'serve' : 'wait'
  return allRevealed(job, context, pending) ? 'serve' : 'wait'
}

function allRevealed(job: JobRecord, context: { has: (cid: string) => boolean }, pending: PendingInputs): boolean {
  const results = new Map<string, Extract<Input, { kind: 'result' }>>()
  for (const other of pending.values()) {
    if (other.kind === 'result' && other.statement.job === job.id) results.set(other.envelope.signer, other)
  }
  return job.seats.every((seat) => {
    if (seat.role !== 'committed') return true
    const result = results.get(seat.peer)
    return result !== undefined && outputHere(result, job, context)
  })
}

/** A result counts once its output is on this witness's disk: what was paid for can be collected. */
function outputHere(
  input: Extract<Input, { kind: 'result' }>,
  job: JobRecord,
  context: { has: (cid: string) => boolean },
): boolean {
  const { output, body } = input.statement
  return output === '' || context.has(output) || (body.length > 0 && carriesOutput(job.spec, body.length))
}
