/**
 * Inputs of one account that wait to be served by an entry: bounded, and looked at again only when something that they
 * wait for changed (another input about their job, the job's record, an output that arrived, the time to reveal).
 */
import type { Input, LogInput } from '#protocol/account/inputs.ts'
import { type AccountState, openJobs } from '#protocol/account/state.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import { type ActiveMs, earliest, elapsedMs, later, NEVER, type WallMs } from '../time.ts'
import { dispositionsOf, GATHER_MS, type JobStatement, type LocalView, revealEndMs } from './disposition.ts'
import { InputRooms } from './input-rooms.ts'

type JobInput = Extract<Input, { kind: 'job' }>

interface Held {
  readonly input: LogInput
  readonly sinceMs: ActiveMs
  /** Came before the log gave out the seat that it is about. */
  readonly early: boolean
}

/**
 * As many inputs as {@link InputRooms} has room for; all maps are by the ids of these, or of the jobs that they are
 * about.
 */
export class PendingInputs {
  /** By id, with when each came: in the order in which they came. */
  readonly #inputs = new Map<string, Held>()
  readonly #rooms = new InputRooms()
  /** Job → the statements about it that wait, oldest first. */
  readonly #statements = new Map<string, Map<string, JobStatement>>()
  /** Those of the inputs that are jobs, by id. */
  readonly #jobs = new Map<string, JobInput>()
  /** Job → those of its statements that the next entry can serve. */
  readonly #servable = new Map<string, readonly JobStatement[]>()
  /** Jobs whose statements are to be looked at again before anything is said of them. */
  readonly #dirty = new Set<string>()
  /**
   * Jobs of which only the results that came in time are left to serve: the log may be behind this witness's clock, so
   * nothing hurries.
   */
  readonly #overtime = new Set<string>()
  /** Jobs whose results wait for outputs. */
  readonly #awaitOutputs = new Set<string>()
  /** {@link LocalView.blobsVersion} when outputs were last looked for. */
  #blobsVersion = -1
  /** When the next job's time to reveal is over. */
  #revealUntilMs: WallMs = NEVER
  /** Job → until when its statements wait for each other. */
  readonly #gathering = new Map<string, ActiveMs>()
  /** The certified state when it was last looked at. */
  #state: AccountState | undefined

  /**
   * Keeps `input`; false if it is known, or there is no room for it: a signer's own room, and the account's. The
   * wallet's inputs have a room of their own. `early`: about a seat that the log has not given out yet.
   */
  add(input: LogInput, { nowMs, early }: { readonly nowMs: ActiveMs; readonly early: boolean }): boolean {
    const { id } = input.envelope
    if (this.#inputs.has(id) || !this.#rooms.take(input, early)) return false
    this.#inputs.set(id, { input, sinceMs: nowMs, early })
    if (input.kind === 'job') this.#jobs.set(id, input)
    else {
      const job = jobOf(input)
      const about = this.#statements.get(job) ?? new Map<string, JobStatement>()
      about.set(id, input)
      this.#statements.set(job, about)
      this.#dirty.add(job)
    }
    return true
  }

  /** The input `id` if it waits here. */
  get(id: string): Input | undefined {
    return this.#inputs.get(id)?.input
  }

  /** Forgets the input `id`: it was served, or never will be. */
  remove(id: string): void {
    const held = this.#inputs.get(id)
    if (held === undefined) return
    this.#inputs.delete(id)
    this.#rooms.give(held.input, held.early)
    this.#jobs.delete(id)
    if (held.input.kind === 'job') return
    const job = jobOf(held.input)
    const about = this.#statements.get(job)
    about?.delete(id)
    if (about?.size === 0) this.#statements.delete(job)
    this.#dirty.add(job)
  }

  /** True if `peer` committed to a result of `job`, and the log has not taken it yet. */
  hasCommitment(job: string, peer: PeerKey): boolean {
    for (const statement of this.#statements.get(job)?.values() ?? []) {
      if (statement.kind === 'commitment' && statement.envelope.signer === peer) return true
    }
    return false
  }

  /** True if another result of the same replica for the same job waits here. */
  hasOtherResult({ envelope, statement }: Extract<LogInput, { kind: 'result' }>): boolean {
    for (const other of this.#statements.get(statement.job)?.values() ?? []) {
      const isSame = other.envelope.id === envelope.id
      if (other.kind === 'result' && other.envelope.signer === envelope.signer && !isSame) return true
    }
    return false
  }

  /** Inputs that wait. */
  get size(): number {
    return this.#inputs.size
  }

  /** All that wait, oldest first. */
  values(): Input[] {
    return [...this.#inputs.values()].map(({ input }) => input)
  }

  /** When a statement that waits for others is served without them; never if none does. */
  nextMs(): ActiveMs {
    return earliest<'active'>(NEVER, ...this.#gathering.values())
  }

  /** True if one of them is a reason for an entry. */
  any(state: AccountState, local: LocalView): boolean {
    this.#look(state, local)
    return this.#servable.size > this.#overtime.size || inSequence([...this.#jobs.values()], state, local).length > 0
  }

  /**
   * The inputs that the next entry can serve, oldest job first, within `limits.inputsPerEntry` and
   * `limits.contributionBytes`; forgets those that no entry ever will. The statements about one job stay together: its
   * results are judged in one entry or not at all.
   */
  servable(state: AccountState, local: LocalView): Input[] {
    this.#look(state, local)
    const room = { inputs: limits.inputsPerEntry, bytes: limits.contributionBytes }
    const served: Input[] = []
    for (const statements of this.#servable.values()) if (fits(statements, room)) served.push(...statements)
    for (const job of inSequence([...this.#jobs.values()], state, local)) {
      if (!fits([job], room)) break
      served.push(job)
    }
    return served
  }

  /** Forgets inputs that waited too long for what must come before them. */
  forgetOlderThan(nowMs: ActiveMs, ageMs: number): void {
    for (const [id, { sinceMs, early }] of [...this.#inputs]) {
      if (elapsedMs({ from: sinceMs, to: nowMs }) > (early ? limits.earlyMs : ageMs)) this.remove(id)
    }
  }

  /** Brings `#servable` up to date. */
  #look(state: AccountState, local: LocalView): void {
    this.#markChanges(state, local)
    for (const job of this.#dirty) this.#lookAt(job, state, local)
    this.#dirty.clear()
  }

  #markChanges(state: AccountState, local: LocalView): void {
    const before = this.#state
    if (before !== state) {
      this.#state = state
      // A state that came from another witness may hold what waits here: that asks for no entry.
      for (const id of this.#jobs.keys()) if (state.jobs.has(id)) this.remove(id)
      for (const job of this.#statements.keys()) {
        if (before === undefined || before.jobs.get(job) !== state.jobs.get(job)) this.#dirty.add(job)
      }
      // A statement of a fence to come waits for the height.
      for (const [job, about] of this.#statements) {
        for (const statement of about.values()) {
          if (statement.kind !== 'cancel' && statement.statement.fence > (before?.height ?? 0)) this.#dirty.add(job)
        }
      }
    }
    if (this.#blobsVersion !== local.blobsVersion) {
      this.#blobsVersion = local.blobsVersion
      for (const job of this.#awaitOutputs) this.#dirty.add(job)
    }
    for (const [job, untilMs] of this.#gathering) if (local.activeMs >= untilMs) this.#dirty.add(job)
    const isOver = local.wallMs > this.#revealUntilMs
    if (isOver) for (const job of this.#awaitOutputs) this.#dirty.add(job)
    if (isOver || before !== state)
      this.#revealUntilMs = earliest<'wall'>(NEVER, ...revealEnds(state).filter((at) => at >= local.wallMs))
  }

  #lookAt(job: string, state: AccountState, local: LocalView): void {
    const about = [...(this.#statements.get(job)?.values() ?? [])]
    const since = about.map(({ envelope }) => this.#inputs.get(envelope.id)?.sinceMs ?? local.activeMs)
    const gatheredMs = later(earliest<'active'>(NEVER, ...since), GATHER_MS)
    const dispositions = dispositionsOf(about, state, local, gatheredMs)
    const servable: JobStatement[] = []
    let awaits = false
    let gathers = false
    for (const [i, statement] of about.entries()) {
      if (dispositions[i] === 'serve') servable.push(statement)
      else if (dispositions[i] === 'drop') this.remove(statement.envelope.id)
      else if (statement.kind === 'result') awaits = true
      else gathers = true
    }
    if (servable.length > 0) this.#servable.set(job, servable)
    else this.#servable.delete(job)
    if (servable.length > 0 && revealIsOver(state, job, local)) this.#overtime.add(job)
    else this.#overtime.delete(job)
    if (gathers && local.activeMs < gatheredMs) this.#gathering.set(job, gatheredMs)
    else this.#gathering.delete(job)
    if (awaits) this.#awaitOutputs.add(job)
    else this.#awaitOutputs.delete(job)
  }
}

/** Takes the room that `inputs` need, if there is so much. */
function fits(inputs: readonly Input[], room: { inputs: number; bytes: number }): boolean {
  let bytes = 0
  for (const { envelope } of inputs) bytes += envelope.raw.length
  if (inputs.length > room.inputs || bytes > room.bytes) return false
  room.inputs -= inputs.length
  room.bytes -= bytes
  return true
}

function jobOf(input: JobStatement): string {
  return input.kind === 'cancel' ? input.job : input.statement.job
}

function revealIsOver(state: AccountState, id: string, { wallMs }: LocalView): boolean {
  const job = state.jobs.get(id)
  return job?.phase === 'revealing' && wallMs > revealEndMs(job)
}

function revealEnds(state: AccountState): WallMs[] {
  return openJobs(state).flatMap((job) => (job.phase === 'revealing' ? revealEndMs(job) : []))
}

/** Jobs that can be admitted one after another, and those whose number is taken (so that their author is told). */
function inSequence(jobs: JobInput[], state: AccountState, local: Pick<LocalView, 'has'>): Input[] {
  const out: Input[] = []
  let next = state.lastSeq + 1
  for (const job of jobs.sort((a, b) => a.spec.seq - b.spec.seq)) {
    if (job.spec.seq > next) break
    if (!job.spec.inputs.every((file) => local.has(file.cid))) {
      if (job.spec.seq === next) break
      continue
    }
    if (job.spec.seq === next) next++
    out.push(job)
  }
  return out
}
