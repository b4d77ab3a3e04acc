/** One change of the store. */
export type Change = { readonly put: string; readonly value: Uint8Array } | { readonly del: string }

/**
 * An ordered key-value store. Keys are text, ordered by their UTF-8 bytes. Changes of one batch are atomic; batches are applied
 * in the order of the calls.
 */
export interface Store {
  open(): Promise<void>
  /** Idempotent; flushes first. */
  close(): Promise<void>
  get(key: string): Promise<Uint8Array | undefined>
  /** Entries with `gte <= key < lt`, in order, at most `limit`. */
  range(range: {
    gte: string
    lt: string
    limit?: number
    reverse?: boolean
  }): Promise<readonly (readonly [string, Uint8Array])[]>
  /**
   * Applies `changes`. With `durable`, resolves only when they (and everything written before them) are on the disk; calls that
   * are under way at the same time share one sync (group commit). Without it, resolves at once and they become durable with the next durable batch.
   */
  write(changes: readonly Change[], options: { durable: boolean }): Promise<void>
}
