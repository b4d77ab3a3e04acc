/**
 * When an epoch is over for a witness. The ledger's change alone does not end it: an account whose log was just beginning is decided, sealed and
 * handed on by the committee that began it, for a while. Then the witness closes the epoch, for all accounts and for good: from there on it
 * begins no log in it and may say "none" (decision 0008).
 */
import { limits } from '#protocol/limits.ts'
import { encode } from '#protocol/wire/canonical.ts'
import type { Context } from '../context.ts'
import { storeKeys } from '../store-keys.ts'

/** Epochs that wait to be closed at the same time; further ones are closed with the last of them. */
export const ENDING_MAX = 8

export class Epochs {
  /** Lane of the record that says what is closed: an answer that relies on it waits for it. */
  static readonly LANE = 'epochs'
  readonly #context: Context
  /** Epochs that the ledger left, oldest first, and when they are closed, active time. */
  readonly #ending: { epoch: number; atMs: number }[] = []
  #newest = 0
  #closed: number

  /** `closed`: what the last life wrote. */
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

  /** When the next epoch is to be closed, in active time. */
  nextMs(): number {
    return this.#ending[0]?.atMs ?? Number.POSITIVE_INFINITY
  }

  /** Looks at the ledger and the clock. */
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
      lane: Epochs.LANE,
    })
  }

  #left(epoch: number): void {
    if (epoch <= this.#closed) return
    if (this.#ending.length >= ENDING_MAX) this.#ending.pop()
    this.#ending.push({ epoch, atMs: this.#context.activeMs + limits.epochGraceMs })
  }
}
