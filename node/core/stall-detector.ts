/** Finds out when this peer itself was slow: what it missed then is not the others' silence. Adds to `Context.stalledMs`. */
import type { Context } from './context.ts'

/** Timers and schedulers are late by some milliseconds; more than this is a stall: a long turn, a paused machine. */
const STALL_MS = 50
/** This share of a busy time counts as a stall: one that is always busy must still find out that others are silent. */
const BUSY_SHARE = 0.75

export class StallDetector {
  readonly #context: Context
  /** When the first event of the present batch came, monotonic. */
  #busySinceMs: number | undefined
  /** When the next event should come at the latest, monotonic. */
  #wantedMs = Number.POSITIVE_INFINITY

  constructor(context: Context) {
    this.#context = context
  }

  /** A peer that was called late did not hear the others meanwhile, nor what came while it was at work. */
  onEvent(nowMs: number): void {
    this.#busySinceMs ??= nowMs
    const lateMs = nowMs - this.#wantedMs
    if (lateMs > STALL_MS) this.#context.stalledMs += lateMs
    this.#wantedMs = Number.POSITIVE_INFINITY
  }

  /** The batch of events is over. */
  onIdle(nowMs: number): void {
    const busyMs = nowMs - (this.#busySinceMs ?? nowMs)
    if (busyMs > STALL_MS) this.#context.stalledMs += busyMs * BUSY_SHARE
    this.#busySinceMs = undefined
  }

  /** The next event should come at `atMs`, or at once if that is over. */
  expect(atMs: number): void {
    this.#wantedMs = Math.max(atMs, this.#context.now.monotonicMs)
  }
}
