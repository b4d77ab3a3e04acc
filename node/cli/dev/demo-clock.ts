/** When the demo's job reached each state, in milliseconds since it was posted, as the poster saw it. */
import type { JobView } from '#node/sdk/index.ts'

export interface Timings {
  readonly acknowledged: number
  readonly placed: number
  readonly running: number
  readonly verified: number
}

/** States in the order of a job's life. */
const ORDER: readonly JobView['state'][] = ['queued', 'placed', 'running', 'revealing', 'completed']

export class DemoClock {
  #startedMs = performance.now()
  #acknowledged: number | undefined
  #placed: number | undefined
  #running: number | undefined
  #verified: number | undefined

  /** The job is about to be sent. */
  start(): void {
    this.#startedMs = performance.now()
  }

  acknowledged(): void {
    this.#acknowledged ??= this.elapsed()
  }

  /** A state that was passed unseen was reached by now. */
  reached(state: JobView['state']): void {
    const at = ORDER.indexOf(state)
    const now = this.elapsed()
    if (at >= 1) this.#placed ??= now
    if (at >= 2) this.#running ??= now
    if (at >= 4) this.#verified ??= now
  }

  /** Milliseconds since the job was sent, to a tenth. */
  elapsed(): number {
    return Math.round((performance.now() - this.#startedMs) * 10) / 10
  }

  timings(): Timings {
    const last = this.elapsed()
    return {
      acknowledged: this.#acknowledged ?? last,
      placed: this.#placed ?? last,
      running: this.#running ?? last,
      verified: this.#verified ?? last,
    }
  }
}
