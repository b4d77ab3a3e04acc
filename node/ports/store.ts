/** The peer's disk. */
import type { StoreChange } from '../core/effects.ts'

/** One change of the store. */
export type Change = StoreChange

/** A part of the store, in the order of its keys. */
export interface KeyRange {
  /** The first key that may be in it. */
  readonly gte: string
  /** The first key after it. */
  readonly lt: string
  /** Entries at most, from the end at which it begins; all if left out. */
  readonly limit?: number
  /** From the last key to the first. */
  readonly reverse?: boolean
}

/**
 * An ordered key-value store. Keys are text, ordered by their UTF-8 bytes. Changes of one batch are atomic, also in a
 * crash; batches are applied in the order of the calls, and none reaches the disk before one that was written earlier.
 * Values that it was given or gave must not be changed. All but `open` need it to be open.
 */
export interface Store {
  /** Idempotent. Rejects with a `WeftError` if the disk cannot be read, or another process has it. */
  open(): Promise<void>
  /** Idempotent; flushes first. */
  close(): Promise<void>
  /** What the last write, durable or not, put under `key`; `undefined` if there is nothing. */
  get(key: string): Promise<Uint8Array | undefined>
  /** Entries with `gte <= key < lt`, in order, at most `limit`. */
  range(range: KeyRange): Promise<readonly (readonly [string, Uint8Array])[]>
  /**
   * Applies `changes`: reads see them at once. With `durable`, resolves only when they (and everything written before
   * them) are on the disk; calls that are under way at the same time share one sync (group commit). Without it,
   * resolves as soon as there is room for them in memory, and they become durable with the next durable batch. Rejects
   * if the disk fails, and so do all writes after that.
   */
  write(changes: readonly Change[], options: { durable: boolean }): Promise<void>
}
