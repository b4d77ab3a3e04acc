/**
 * Change of epochs, first part: **when an epoch is over for this witness**. The ledger's change alone does not end it:
 * an account whose log was just beginning is decided, sealed and handed on by the committee that began it, for a while.
 * Then the witness closes the epoch, for all accounts and for good: from there on it begins no log in it and may say
 * that it has none (decision 0008). Before it: nothing but the ledger. After it: `AbsenceCheck`, which relies on what
 * is closed.
 */
import { limits } from '#protocol/limits.ts'
import { encode } from '#protocol/wire/canonical.ts'
import type { Context } from '../context.ts'
import { storeKeys } from '../store-keys.ts'
import { type ActiveMs, later, NEVER } from '../time.ts'

/** Epochs that wait to be closed at the same time; further ones are closed with the last of them. */
export const ENDING_MAX = 8

/** Each epoch is newest, then ending for {@link limits.epochGraceMs} of active time, then closed: never back. */
export class EpochCloser {
  /** Lane of the record that says what is closed: an answer that relies on it waits for it. */
  static readonly LANE = 'epochs'
  readonly #context: Context
  /** Epochs that the ledger left, oldest first, and when they are closed: at most {@link ENDING_MAX}. */
  readonly #ending: { readonly epoch: number; readonly atMs: ActiveMs }[] = []
  /** Highest epoch that the ledger was seen in. */
  #newest = 0
  /** Grows only; on the disk before anything that relies on it is sent. */
  #closed: number

  /** `closed`: what the last life of this peer wrote; 0 if nothing. */
  constructor(context: Context, closed: number) {
    this.#context = context
    this.#closed = closed
  }

  /** The ledger's epoch; 0 before it is known. */
  get newest(): number {
    return this.#newest
  }

  /** The highest epoch in which this witness begins no log any more. */
  get closed(): number {
    return this.#closed
  }

  /** When the next epoch is to be closed; never if none is ending. */
  nextMs(): ActiveMs {
    return this.#ending[0]?.atMs ?? NEVER
  }

  /** Looks at the ledger and the clock: at each change of the ledger, and at {@link nextMs}. */
  look(): void {
    const { ledger, activeMs } = this.#context
    const newest = ledger.registry()?.epoch ?? 0
    if (newest > this.#newest) this.#left(newest - 1)
    this.#newest = Math.max(this.#newest, newest)
    const before = this.#closed
    while (this.nextMs() <= activeMs) this.#closed = this.#ending.shift()?.epoch ?? this.#closed
    if (this.#closed === before) return
    this.#context.write([{ put: storeKeys.closedEpoch, value: encode(this.#closed) }], {
      durable: true,
      lane: EpochCloser.LANE,
    })
  }

  #left(epoch: number): void {
    if (epoch <= this.#closed) return
    if (this.#ending.length >= ENDING_MAX) this.#ending.pop()
    this.#ending.push({ epoch, atMs: later(this.#context.activeMs, limits.epochGraceMs) })
  }
}
