/** The clock of something that is repeated until it is answered. Pure: it is told the time, and acts on nothing. */

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

/** One thing that is repeated. Times are of whichever clock it is made and told with; always the same one. */
export class Retry {
  readonly #policy: RetryPolicy
  #attempts = 0
  #dueMs: number

  /** The first attempt is due `policy.delayMs` after `nowMs`. */
  constructor(policy: RetryPolicy, nowMs: number) {
    this.#policy = policy
    this.#dueMs = nowMs + (policy.delayMs ?? 0)
  }

  /** Attempts that were made since it began, or began anew. */
  get attempts(): number {
    return this.#attempts
  }

  /** When the next attempt is due, or, after the last one, when its answer has been waited for as long as that of any other. */
  get dueMs(): number {
    return this.#dueMs
  }

  /** True once all attempts that the policy allows were made: at {@link dueMs} it is given up. */
  get failed(): boolean {
    return this.#attempts >= (this.#policy.attempts ?? Number.POSITIVE_INFINITY)
  }

  /** True if something is to be done at `nowMs`: another attempt, or giving up where it has {@link failed}. */
  isDue(nowMs: number): boolean {
    return nowMs >= this.#dueMs
  }

  /** An attempt is made at `nowMs`, due or not: the next one is due after the policy's pause. */
  attempted(nowMs: number): void {
    const { firstMs, growth = 1, maxMs = Number.POSITIVE_INFINITY } = this.#policy
    this.#dueMs = nowMs + Math.min(maxMs, firstMs * growth ** this.#attempts)
    this.#attempts++
  }

  /** What is repeated is another thing now: its attempts and pauses count from the first again. When it is due stays as it is. */
  restart(): void {
    this.#attempts = 0
  }
}

/** When the first of `waiting` is due; infinite if nothing waits. */
export function firstDueMs(waiting: Iterable<{ readonly retry: Retry }>): number {
  let next = Number.POSITIVE_INFINITY
  for (const { retry } of waiting) next = Math.min(next, retry.dueMs)
  return next
}
