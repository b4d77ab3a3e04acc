/**
 * Inputs of one account that wait to be served by an entry: bounded, and looked at again only when something that they wait for changed
 * (another input about their job, the job's record, an output that arrived, the time to reveal).
 */
import type { Input } from '#protocol/account/inputs.ts'
import { type AccountState, openJobs } from '#protocol/account/state.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import { dispositionsOf, GATHER_MS, type JobStatement, type Surroundings } from './disposition.ts'

type JobInput = Extract<Input, { kind: 'job' }>

export class PendingInputs {
  readonly #inputs = new Map<string, { readonly input: Input; readonly sinceMs: number }>()
  /** Job → the statements about it that wait, oldest first. */
  readonly #statements = new Map<string, Map<string, JobStatement>>()
  readonly #jobs = new Map<string, JobInput>()
  /** Job → those of its statements that the next entry can serve. */
  readonly #servable = new Map<string, readonly JobStatement[]>()
  readonly #dirty = new Set<string>()
  /** Jobs of which only the results that came in time are left to serve: the log may be behind this witness's clock, so nothing hurries. */
  readonly #overtime = new Set<string>()
  /** Jobs whose results wait for outputs. */
  readonly #awaitOutputs = new Set<string>()
  #blobsVersion = -1
  #revealUntilMs = Number.POSITIVE_INFINITY
  /** Job → until when its statements wait for each other, active time. */
  readonly #gathering = new Map<string, number>()
  #state: AccountState | undefined

  /** Keeps `input`; false if it is known, there is no room, or it can never be served by a log. */
  add(input: Input, nowMs: number): boolean {
    const { id } = input.envelope
    if (this.#inputs.has(id) || this.#inputs.size >= limits.pendingPerAccount) return false
    if (input.kind === 'profile' || input.kind === 'load') return false
    this.#inputs.set(id, { input, sinceMs: nowMs })
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

  has(id: string): boolean {
    return this.#inputs.has(id)
  }

  get(id: string): Input | undefined {
    return this.#inputs.get(id)?.input
  }

  remove(id: string): void {
    const held = this.#inputs.get(id)
    if (held === undefined) return
    this.#inputs.delete(id)
    this.#jobs.delete(id)
    if (held.input.kind === 'job' || held.input.kind === 'profile' || held.input.kind === 'load') return
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

  get size(): number {
    return this.#inputs.size
  }

  values(): Input[] {
    return [...this.#inputs.values()].map(({ input }) => input)
  }

  /** When a statement that waits for others is served without them, in active time. */
  nextMs(): number {
    return Math.min(...this.#gathering.values())
  }

  /** True if one of them is a reason for an entry. */
  any(state: AccountState, around: Surroundings): boolean {
    this.#look(state, around)
    return this.#servable.size > this.#overtime.size || inSequence([...this.#jobs.values()], state, around).length > 0
  }

  /**
   * The inputs that the next entry can serve, oldest job first, within `limits.inputsPerEntry` and `limits.contributionBytes`; forgets those that
   * no entry ever will. The statements about one job stay together: its results are judged in one entry or not at all.
   */
  servable(state: AccountState, around: Surroundings): Input[] {
    this.#look(state, around)
    const room = { inputs: limits.inputsPerEntry, bytes: limits.contributionBytes }
    const served: Input[] = []
    for (const statements of this.#servable.values()) if (fits(statements, room)) served.push(...statements)
    for (const job of inSequence([...this.#jobs.values()], state, around)) {
      if (!fits([job], room)) break
      served.push(job)
    }
    return served
  }

  /** Forgets inputs that waited too long for what must come before them. */
  forgetOlderThan(nowMs: number, ageMs: number): void {
    for (const [id, { sinceMs }] of [...this.#inputs]) if (nowMs - sinceMs > ageMs) this.remove(id)
  }

  /** Brings `#servable` up to date. */
  #look(state: AccountState, around: Surroundings): void {
    this.#markChanges(state, around)
    for (const job of this.#dirty) this.#lookAt(job, state, around)
    this.#dirty.clear()
  }

  #markChanges(state: AccountState, around: Surroundings): void {
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
    if (this.#blobsVersion !== around.blobsVersion) {
      this.#blobsVersion = around.blobsVersion
      for (const job of this.#awaitOutputs) this.#dirty.add(job)
    }
    for (const [job, untilMs] of this.#gathering) if (around.activeMs >= untilMs) this.#dirty.add(job)
    const isOver = around.wallMs > this.#revealUntilMs
    if (isOver) for (const job of this.#awaitOutputs) this.#dirty.add(job)
    if (isOver || before !== state)
      this.#revealUntilMs = Math.min(...revealTimes(state).filter((at) => at >= around.wallMs))
  }

  #lookAt(job: string, state: AccountState, around: Surroundings): void {
    const about = [...(this.#statements.get(job)?.values() ?? [])]
    const oldestMs = Math.min(...about.map(({ envelope }) => this.#inputs.get(envelope.id)?.sinceMs ?? around.activeMs))
    const dispositions = dispositionsOf(about, state, around, oldestMs)
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
    if (servable.length > 0 && revealIsOver(state, job, around)) this.#overtime.add(job)
    else this.#overtime.delete(job)
    if (gathers && around.activeMs < oldestMs + GATHER_MS) this.#gathering.set(job, oldestMs + GATHER_MS)
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

function revealIsOver(state: AccountState, id: string, { wallMs }: Surroundings): boolean {
  const job = state.jobs.get(id)
  return job?.phase === 'revealing' && wallMs > job.revealMs + limits.revealTimeoutMs
}

function revealTimes(state: AccountState): number[] {
  return openJobs(state).flatMap((job) => (job.phase === 'revealing' ? job.revealMs + limits.revealTimeoutMs : []))
}

/** Jobs that can be admitted one after another, and those whose number is taken (so that their author is told). */
function inSequence(jobs: JobInput[], state: AccountState, around: Pick<Surroundings, 'has'>): Input[] {
  const out: Input[] = []
  let next = state.lastSeq + 1
  for (const job of jobs.sort((a, b) => a.spec.seq - b.spec.seq)) {
    if (job.spec.seq > next) break
    if (!job.spec.inputs.every((file) => around.has(file.cid))) {
      if (job.spec.seq === next) break
      continue
    }
    if (job.spec.seq === next) next++
    out.push(job)
  }
  return out
}
