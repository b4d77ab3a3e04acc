/** The clock of something that is repeated until it is answered. Pure: it is told the time, and acts on nothing. */
import { later, type MonotonicMs, NEVER } from './time.ts'

/** How something is repeated. */
export interface RetryPolicy {
  /** Time before the first attempt; 0, which is at once, if left out. */
  readonly delayMs?: number
  /** Pause after the first attempt. */
  readonly firstMs: number
  /** Each pause is so many times as long as the one before; 1, which is always the same, if left out. */
  readonly growth?: number
  /** No pause is longer than this; no bound if left out. */
  readonly maxMs?: number
  /** Attempts after which it is given up; never if left out. */
  readonly attempts?: number
}

/** One thing that is repeated: what was done so far, and when something is to be done again. */
export class Retry {
  readonly #policy: RetryPolicy
  #attempts = 0
  #dueMs: MonotonicMs

  /** The first attempt is due `policy.delayMs` after `nowMs`. */
  constructor(policy: RetryPolicy, nowMs: MonotonicMs) {
    this.#policy = policy
    this.#dueMs = later(nowMs, policy.delayMs ?? 0)
  }

  /** Attempts that were made since it began, or began anew. */
  get attempts(): number {
    return this.#attempts
  }

  /**
   * When the next attempt is due; after the last one, when its answer has been waited for as long as that of any other.
   */
  get dueMs(): MonotonicMs {
    return this.#dueMs
  }

  /** True once all attempts that the policy allows were made: at {@link dueMs} it is given up. */
  get failed(): boolean {
    return this.#attempts >= (this.#policy.attempts ?? Number.POSITIVE_INFINITY)
  }

  /** True if something is to be done at `nowMs`: another attempt, or giving up where it has {@link failed}. */
  isDue(nowMs: MonotonicMs): boolean {
    return nowMs >= this.#dueMs
  }

  /** An attempt is made at `nowMs`, due or not: the next one is due after the policy's pause. */
  attempted(nowMs: MonotonicMs): void {
    const { firstMs, growth = 1, maxMs = Number.POSITIVE_INFINITY } = this.#policy
    this.#dueMs = later(nowMs, Math.min(maxMs, firstMs * growth ** this.#attempts))
    this.#attempts++
  }

  /**
   * What is repeated is another thing now: its attempts and pauses count from the first again. When it is due stays as
   * it is.
   */
  restart(): void {
    this.#attempts = 0
  }
}

/** When the first of `waiting` is due; {@link NEVER} if nothing waits. */
export function firstDueMs(waiting: Iterable<{ readonly retry: Retry }>): MonotonicMs {
  let first: MonotonicMs = NEVER
  for (const { retry } of waiting) if (retry.dueMs < first) first = retry.dueMs
  return first
}
