/** Growing pauses between attempts, with a cap. */
import { bounds } from './settings.ts'

/** Doubles the pause with each failure; a success starts over. */
export class Backoff {
  #failures = 0
  #untilMs = 0

  /** Failures in a row. */
  get failures(): number {
    return this.#failures
  }

  /** True while the next attempt is too early. */
  get waiting(): boolean {
    return this.remainingMs > 0
  }

  /** Milliseconds until the next attempt is due; 0 if it is. */
  get remainingMs(): number {
    return this.#failures === 0 ? 0 : Math.max(0, Math.ceil(this.#untilMs - performance.now()))
  }

  reset(): void {
    this.#failures = 0
  }

  /** Notes a failure; returns the pause before the next attempt in milliseconds. */
  failed(): number {
    const pauseMs = Math.min(bounds.backoffMaxMs, bounds.backoffMs * 2 ** Math.min(this.#failures, 20))
    this.#failures++
    this.#untilMs = performance.now() + pauseMs
    return pauseMs
  }
}
