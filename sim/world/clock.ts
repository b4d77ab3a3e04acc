/** A peer's clocks: skewed, drifting, jumping. A paused peer's timers fire when the pause is over. */
import type { Clock } from '#node/ports/clock.ts'
import { EPOCH_MS, type Timeline } from './timeline.ts'

const MILLION = 1_000_000
/** A real timer never fires in less than this. */
const LEAST_DELAY_MS = 1

export class PeerClock implements Clock {
  readonly #time: Timeline
  readonly #driftPpm: number
  readonly #run: (fire: () => void) => void
  /** Wall time minus true time. */
  skewMs: number
  #frozenMs: number | undefined

  /** `run` carries a fired timer out: it may delay it (a pause) or drop it (a crash). */
  constructor(time: Timeline, options: { skewMs: number; driftPpm: number; run: (fire: () => void) => void }) {
    this.#time = time
    this.#driftPpm = options.driftPpm
    this.#run = options.run
    this.skewMs = options.skewMs
  }

  wallMs(): number {
    return this.#frozenMs ?? EPOCH_MS + this.monotonicMs() + this.skewMs
  }

  /** The wall clock stands still until {@link thaw}. */
  freeze(): void {
    this.#frozenMs = this.wallMs()
  }

  thaw(): void {
    this.#frozenMs = undefined
  }

  monotonicMs(): number {
    const { nowUs } = this.#time
    return Math.floor((nowUs + (nowUs * this.#driftPpm) / MILLION) / 1_000)
  }

  after(delayMs: number, fire: () => void): () => void {
    const localUs = (this.monotonicMs() + Math.max(LEAST_DELAY_MS, Math.ceil(delayMs))) * 1_000
    const event = this.#time.at(Math.ceil((localUs * MILLION) / (MILLION + this.#driftPpm)), () => this.#run(fire))
    return () => this.#time.cancel(event)
  }
}
