/**
 * Executed transactions: deduplication, lookups by signature, account and slot. The oldest are forgotten beyond a
 * limit.
 */
import { chainLimits } from './limits.ts'
import type { LogRecord } from './records.ts'
import type { TransactionErrorJson } from './transaction-error.ts'

/** A transaction in the history. Its metadata stays encoded: a tenth of the memory, and most are never read again. */
export interface HistoryEntry {
  readonly id: string
  readonly slot: number
  readonly blockTime: number
  readonly err: TransactionErrorJson | null
  readonly keys: readonly string[]
  /** The log record's bytes. */
  readonly record: Buffer
}

/** Transactions in the order of execution. */
export class History {
  readonly #byId = new Map<string, HistoryEntry>()
  readonly #byKey = new Map<string, HistoryEntry[]>()
  #total = 0

  /** Transactions remembered now. */
  get size(): number {
    return this.#byId.size
  }

  /** Transactions ever added. */
  get total(): number {
    return this.#total
  }

  /** Sets `total` to what it was when the newest snapshot was taken. */
  countFrom(total: number): void {
    this.#total = total
  }

  /** Adds an executed transaction. */
  add(record: LogRecord & { type: 'transaction' }, bytes: Buffer): HistoryEntry {
    const { id, slot, blockTime, keys, meta } = record.head
    const entry = { id, slot, blockTime, err: meta.err, keys: [...new Set(keys)], record: bytes }
    this.#byId.set(id, entry)
    this.#total++
    for (const key of entry.keys) {
      const list = this.#byKey.get(key)
      if (list === undefined) this.#byKey.set(key, [entry])
      else list.push(entry)
    }
    return entry
  }

  get(id: string): HistoryEntry | undefined {
    return this.#byId.get(id)
  }

  /** Transactions that name `key`, oldest first. */
  of(key: string): readonly HistoryEntry[] {
    return this.#byKey.get(key) ?? []
  }

  /** Transactions of one slot, in order. Linear in those after it. */
  inSlot(slot: number): HistoryEntry[] {
    return [...this.#byId.values()].filter((entry) => entry.slot === slot)
  }

  /** The slot of the oldest transaction that is remembered. */
  oldestSlot(): number | undefined {
    return this.#byId.values().next().value?.slot
  }

  /** Forgets the oldest beyond the limit, but none of `keepFromSlot` or later: those could be sent again. */
  prune(keepFromSlot: number, limit: number = chainLimits.historyTransactions): void {
    for (const entry of this.#byId.values()) {
      if (this.#byId.size <= limit || entry.slot >= keepFromSlot) return
      this.#remove(entry)
    }
  }

  /** Forgets the transactions after `slot`: they are undone. */
  forgetAfter(slot: number): HistoryEntry[] {
    const undone = [...this.#byId.values()].filter((entry) => entry.slot > slot)
    for (const entry of undone) this.#remove(entry)
    return undone
  }

  #remove(entry: HistoryEntry): void {
    this.#byId.delete(entry.id)
    for (const key of entry.keys) {
      const list = this.#byKey.get(key)
      const at = list?.indexOf(entry) ?? -1
      if (list === undefined || at < 0) continue
      list.splice(at, 1)
      if (list.length === 0) this.#byKey.delete(key)
    }
  }
}
