/** How often a peer gets the same answer: answers cost more than questions. */
import { limits } from '#protocol/limits.ts'
import type { Context } from '../context.ts'

const ANSWER_EVERY_MS = 100

export class AnswerRate {
  readonly #context: Context
  /** Answer → when it may be given again, monotonic. */
  readonly #answered = new Map<string, number>()

  constructor(context: Context) {
    this.#context = context
  }

  /** False if `name` was answered just now; otherwise it counts as answered. */
  allows(name: string, everyMs = ANSWER_EVERY_MS): boolean {
    const { monotonicMs } = this.#context.now
    if (monotonicMs < (this.#answered.get(name) ?? 0)) return false
    if (this.#answered.size > limits.accountsServed) this.#answered.clear()
    this.#answered.set(name, monotonicMs + everyMs)
    return true
  }

  tick(): void {
    const { monotonicMs } = this.#context.now
    for (const [name, untilMs] of this.#answered) if (monotonicMs >= untilMs) this.#answered.delete(name)
  }
}
