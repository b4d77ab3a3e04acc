/** The time that a run has: first to start, then to end. */

/** What a {@link Deadline} is made of. One of the two callbacks is called at most, and at most once. */
interface DeadlineInit {
  /** Time for what comes before the program: starting a process, loading a model. */
  readonly startMs: number
  /** The program's own time limit. */
  readonly timeMs: number
  readonly onLate: () => void
  readonly onTime: () => void
}

/**
 * Runs from its creation until {@link clear}, which everybody must call. Real time: the meter of a run is what this
 * measures.
 */
export class Deadline {
  readonly #init: DeadlineInit
  #timer: NodeJS.Timeout
  #beganAt: number | undefined
  #cleared = false

  constructor(init: DeadlineInit) {
    this.#init = init
    this.#timer = setTimeout(() => this.#fire(init.onLate), init.startMs)
  }

  /** Milliseconds since the program began; 0 if it did not. */
  get ranMs(): number {
    return this.#beganAt === undefined ? 0 : performance.now() - this.#beganAt
  }

  /** The program begins now. */
  begin(): void {
    clearTimeout(this.#timer)
    this.#beganAt = performance.now()
    // One more turn of the loop: if this process was busy, the end of the run may already have arrived.
    this.#timer = setTimeout(() => setImmediate(() => this.#fire(this.#init.onTime)), this.#init.timeMs)
  }

  /** Nothing is called any more. Idempotent. */
  clear(): void {
    this.#cleared = true
    clearTimeout(this.#timer)
  }

  #fire(callback: () => void): void {
    if (!this.#cleared) callback()
  }
}
