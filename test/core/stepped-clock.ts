/** A clock that stands still until a test moves it. */
import type { Clock } from '#node/ports/clock.ts'

/** Fine enough for what follows within a job, and coarse enough to let a minute pass. */
const FINE_MS = 10
const COARSE_MS = 100

export class SteppedClock implements Clock {
  #wallMs: number
  #monotonicMs = 0
  readonly #timers = new Set<{ readonly atMs: number; readonly fire: () => void }>()

  constructor(wallMs: number) {
    this.#wallMs = wallMs
  }

  wallMs(): number {
    return this.#wallMs
  }

  monotonicMs(): number {
    return this.#monotonicMs
  }

  after(delayMs: number, fire: () => void): () => void {
    const timer = { atMs: this.#monotonicMs + delayMs, fire }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  /** Sets the calendar forward, as if the machine had slept: no timer fires by that. */
  sleep(forMs: number): void {
    this.#wallMs += forMs
  }

  /** The same clock with another calendar, which is `aheadMs()` ahead. */
  ahead(aheadMs: () => number): Clock {
    return {
      wallMs: () => this.wallMs() + aheadMs(),
      monotonicMs: () => this.monotonicMs(),
      after: (delayMs, fire) => this.after(delayMs, fire),
    }
  }

  /** Lets `forMs` pass: fires what becomes due in it, each with all that follows at once. */
  async pass(forMs: number): Promise<void> {
    for (let passedMs = 0; passedMs < forMs; passedMs += COARSE_MS) await this.#step(COARSE_MS)
  }

  /** Lets time pass until `promise` is settled. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let settled = false
    const end = (): void => {
      settled = true
    }
    promise.then(end, end)
    while (!settled) await this.#step(FINE_MS)
    return promise
  }

  async #step(byMs: number): Promise<void> {
    this.#wallMs += byMs
    this.#monotonicMs += byMs
    for (const timer of [...this.#timers]) {
      if (timer.atMs > this.#monotonicMs) continue
      this.#timers.delete(timer)
      timer.fire()
    }
    await new Promise((resolve) => setImmediate(resolve))
  }
}
