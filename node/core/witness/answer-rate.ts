/** How often a peer gets the same answer: answers cost more than questions. What is refused is asked again. */
import { limits } from '#protocol/limits.ts'
import type { Context } from '../context.ts'
import { later, type MonotonicMs } from '../time.ts'

/** Time between two equal answers to one peer, unless the answer has its own. */
const ANSWER_EVERY_MS = 100

/** One per witness. An answer's name says what it is, about which account, and to whom. */
export class AnswerRate {
  readonly #context: Context
  /** Answer → when it may be given again: at most {@link limits.accountsServed}, and one. */
  readonly #answered = new Map<string, MonotonicMs>()

  constructor(context: Context) {
    this.#context = context
  }

  /** False if `name` was answered just now; otherwise it counts as answered. */
  allows(name: string, everyMs = ANSWER_EVERY_MS): boolean {
    const { monotonicMs } = this.#context
    if (monotonicMs < (this.#answered.get(name) ?? monotonicMs)) return false
    if (this.#answered.size > limits.accountsServed) this.#answered.clear()
    this.#answered.set(name, later(monotonicMs, everyMs))
    return true
  }

  /** Forgets what may be given again. */
  tick(): void {
    const { monotonicMs } = this.#context
    for (const [name, untilMs] of this.#answered) if (monotonicMs >= untilMs) this.#answered.delete(name)
  }
}
