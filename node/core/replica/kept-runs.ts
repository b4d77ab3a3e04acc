/** What was committed to before a restart: the results are still owed, once the log tells where their jobs stand. */
import { limits } from '#protocol/limits.ts'
import { decode, encode } from '#protocol/wire/canonical.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import type { Context } from '../context.ts'
import { Retry, type RetryPolicy } from '../retry.ts'
import { storeKeys } from '../store-keys.ts'
import { asMonotonic, type MonotonicMs, NEVER } from '../time.ts'

/** A commitment, and the result that it binds. */
export interface Committed {
  readonly commitment: Envelope
  readonly result: Envelope
}

/** Their jobs are asked for so often, more and more slowly. */
const ASK: RetryPolicy = { firstMs: 700, growth: 2, attempts: 8 }
/** Runs whose jobs are asked for at each time: more than a peer has slots. */
const ASKED_AT_ONCE = 256

/** Writes results down before they are promised, and gives back those that were promised in earlier lives. */
export class KeptRuns {
  readonly #context: Context
  /** By run name: those of earlier lives whose jobs were not heard of yet. */
  readonly #kept: Map<string, Uint8Array>
  readonly #lane: string
  /** The clock is not known yet when this is made: the first time is the first event. */
  readonly #retry = new Retry(ASK, asMonotonic(0))

  /** `kept`: the records of runs that were found on the disk. `lane`: of all that a replica says. */
  constructor(context: Context, kept: ReadonlyMap<string, Uint8Array>, lane: string) {
    this.#context = context
    this.#kept = new Map(kept)
    this.#lane = lane
  }

  /** True if a result of this run was promised before the last start, and is still owed. */
  has(name: string): boolean {
    return this.#kept.has(name)
  }

  /** True if a result of some run of the job is still owed. */
  hasJob(job: string): boolean {
    for (const name of this.#kept.keys()) if (name.startsWith(`${job}/`)) return true
    return false
  }

  /** `undefined` if there is none, or it cannot be read. */
  get(name: string): Committed | undefined {
    const kept = this.#kept.get(name)
    const [commitment, result] = kept === undefined ? [] : envelopesIn(kept)
    const committed = commitment && this.#context.envelope(commitment)
    const revealed = result && this.#context.envelope(result)
    return committed && revealed && { commitment: committed, result: revealed }
  }

  /** Writes it down; the lane's next messages wait until that is durable. */
  write(name: string, { commitment, result }: Committed): void {
    const value = encode([commitment.raw, result.raw])
    const record = { key: storeKeys.run(name), value, forMs: limits.deadlineMaxMs }
    this.#context.keep(record, { durable: true, lane: this.#lane })
  }

  /** The run is over, in memory only: nothing of it was written in this life. */
  drop(name: string): void {
    this.#kept.delete(name)
  }

  /** The run is over, and its record is deleted. */
  forget(name: string): void {
    this.#kept.delete(name)
    this.#context.write([{ del: storeKeys.run(name) }], { durable: false })
  }

  /** The job is closed: nothing of it is owed any more. */
  forgetJob(job: string): void {
    for (const name of this.#kept.keys()) if (name.startsWith(`${job}/`)) this.forget(name)
  }

  /** When jobs are asked for again. */
  nextMs(): MonotonicMs {
    return this.#kept.size === 0 || this.#retry.failed ? NEVER : this.#retry.dueMs
  }

  /** Commitments whose jobs are asked for now, and how often that was done before; the next time comes later. */
  takeDue(): { readonly names: readonly string[]; readonly times: number } {
    const times = this.#retry.attempts
    this.#retry.attempted(this.#context.monotonicMs)
    return { names: [...this.#kept.keys()].slice(0, ASKED_AT_ONCE), times }
  }
}

/** The commitment and the result in a record of a run. */
function envelopesIn(kept: Uint8Array): readonly [Uint8Array, Uint8Array] | [] {
  const value = decode(kept)
  const [commitment, result] = Array.isArray(value) ? (value as readonly unknown[]) : []
  return commitment instanceof Uint8Array && result instanceof Uint8Array ? [commitment, result] : []
}
