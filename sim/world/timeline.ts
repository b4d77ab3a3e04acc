/**
 * Virtual time and the loop that moves it. After each event the promises that it resolved are given a fixed number of
 * turns of the microtask queue, so that what an event leads to happens at its own time, in an order that depends on
 * nothing else.
 */
import { EventQueue, type Scheduled } from './queue.ts'

/** Turns of the microtask queue after each event: more than the longest chain of promises in the driver. */
const TURNS = 8
/** Turns for an event that reads a whole disk: a recovery. */
export const LONG_TURNS = 4_096
/** The event loop of Node gets a turn after so many events: signals arrive, progress is drawn. */
const YIELD_EVERY = 2_048
/** Events at one moment: more means that two parts answer each other without end. */
const AT_ONCE_MAX = 1_000_000
/** When every world begins, milliseconds since 1970. */
export const EPOCH_MS = 1_800_000_000_000

export class Timeline {
  readonly #queue = new EventQueue()
  /** Microseconds since the world began. */
  nowUs = 0
  /** Events so far. */
  events = 0
  #atOnce = 0

  get pending(): number {
    return this.#queue.size
  }

  /** Calls `fire` at `atUs`, or now if that is over. It returns {@link LONG_TURNS} if its work is long. */
  at(atUs: number, fire: () => unknown): Scheduled {
    return this.#queue.push(Math.max(this.nowUs, Math.ceil(atUs)), fire)
  }

  after(delayUs: number, fire: () => unknown): Scheduled {
    return this.at(this.nowUs + delayUs, fire)
  }

  cancel(event: Scheduled): void {
    this.#queue.cancel(event)
  }

  /** Runs until `untilUs`, until nothing is left, or until `stop` says so. */
  async run(untilUs: number, stop: () => boolean = () => false): Promise<void> {
    for (;;) {
      const nextUs = this.#queue.nextUs()
      if (nextUs === undefined || nextUs > untilUs || stop()) break
      const event = this.#queue.pop()
      this.#atOnce = nextUs > this.nowUs ? 0 : this.#atOnce + 1
      if (this.#atOnce > AT_ONCE_MAX) throw new Error(`time stands still at ${nextUs} µs`)
      this.nowUs = nextUs
      this.events++
      const turns = event?.fire?.() === LONG_TURNS ? LONG_TURNS : TURNS
      for (let turn = 0; turn < turns; turn++) await undefined
      if (this.events % YIELD_EVERY === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    if (!stop()) this.nowUs = Math.max(this.nowUs, untilUs)
  }
}
