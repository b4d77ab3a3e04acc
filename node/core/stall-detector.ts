/**
 * Finds out when this peer itself was slow: what it missed then is not the others' silence. The difference between its
 * monotonic and its active time, `Context.stalledMs`, is added up here and nowhere else.
 */
import type { Context } from './context.ts'
import { elapsedMs, latest, type MonotonicMs, NEVER } from './time.ts'

/** Timers and schedulers are late by some milliseconds; more than this is a stall: a long turn, a paused machine. */
const STALL_MS = 50
/** This share of a busy time counts as a stall: one that is always busy must still find out that others are silent. */
const BUSY_SHARE = 0.75

/** Told of each event when it comes, of the end of each batch, and of when the next event was wanted. */
export class StallDetector {
  readonly #context: Context
  /** When the first event of the present batch came; `undefined` between two batches. */
  #busySinceMs: MonotonicMs | undefined
  /** When the next event should come at the latest; never while a batch is being handled. */
  #wantedMs: MonotonicMs = NEVER

  constructor(context: Context) {
    this.#context = context
  }

  /** A peer that was called late did not hear the others meanwhile, nor what came while it was at work. */
  onEvent(nowMs: MonotonicMs): void {
    this.#busySinceMs ??= nowMs
    const lateMs = elapsedMs({ from: this.#wantedMs, to: nowMs })
    if (lateMs > STALL_MS) this.#context.stalledMs += lateMs
    this.#wantedMs = NEVER
  }

  /** The batch of events is over. */
  onIdle(nowMs: MonotonicMs): void {
    const busyMs = elapsedMs({ from: this.#busySinceMs ?? nowMs, to: nowMs })
    if (busyMs > STALL_MS) this.#context.stalledMs += busyMs * BUSY_SHARE
    this.#busySinceMs = undefined
  }

  /** The next event should come at `atMs`, or at once if that is over. */
  expect(atMs: MonotonicMs): void {
    this.#wantedMs = latest(atMs, this.#context.monotonicMs)
  }
}
