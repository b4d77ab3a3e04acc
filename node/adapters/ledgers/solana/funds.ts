/**
 * What accounts may spend, as the chain last said at finality; kept on disk, so that a restart during an outage knows
 * it too.
 */
import { z } from 'zod'
import type { Store } from '#node/ports/store.ts'
import { type CreditAccountRecord, spendingLimit } from '#programs/client/read.ts'
import { limits } from '#protocol/limits.ts'
import { decode, encode } from '#protocol/wire/canonical.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'

/** What was read of an account; `record` is undefined if it does not exist. */
export interface Reading {
  readonly record: CreditAccountRecord | undefined
  readonly asOfMs: number
}

/** An account that nobody asked for in this time is not read any more. */
const USED_MS = 3_600_000
/** An unchanged reading is written again after this time. */
const REWRITE_MS = 60_000
const PREFIX = 'ledger/funds/'
const schema = z.tuple([z.union([z.number(), z.bigint()]).transform(BigInt), z.number().int()])

interface Tracked {
  reading: Reading | undefined
  /** From the disk, until the chain answers. */
  stored: { readonly total: bigint; readonly asOfMs: number } | undefined
  usedMs: number
  written: { readonly total: bigint; readonly atMs: number } | undefined
}

export class Funds {
  readonly #store: Store
  readonly #tracked = new Map<WalletKey, Tracked>()

  private constructor(store: Store) {
    this.#store = store
  }

  static async open(store: Store): Promise<Funds> {
    const funds = new Funds(store)
    const rows = await store.range({ gte: PREFIX, lt: `${PREFIX}\uffff`, limit: limits.accountsServed })
    for (const [name, bytes] of rows) {
      const parsed = schema.safeParse(decode(bytes))
      if (!parsed.success) continue
      const [total, asOfMs] = parsed.data
      const stored = { total, asOfMs }
      funds.#tracked.set(name.slice(PREFIX.length), { reading: undefined, stored, usedMs: 0, written: undefined })
    }
    return funds
  }

  /** Reads `account` from now on. True if it was not read before. */
  track(account: WalletKey, nowMs: number): boolean {
    const known = this.#tracked.get(account)
    if (known !== undefined) {
      known.usedMs = nowMs
      return false
    }
    if (this.#tracked.size >= limits.accountsServed) this.#forgetOldest()
    this.#tracked.set(account, { reading: undefined, stored: undefined, usedMs: nowMs, written: undefined })
    return true
  }

  /** Accounts to read: those without a reading, and those that are in use. */
  wanted(nowMs: number): WalletKey[] {
    return [...this.#tracked].flatMap(([account, { usedMs }]) => (nowMs - usedMs < USED_MS ? [account] : []))
  }

  /** One-job accounts with credits in them, as they were last read. */
  *jobAccounts(): Iterable<readonly [WalletKey, CreditAccountRecord]> {
    for (const [account, { reading }] of this.#tracked) {
      const record = reading?.record
      if (record !== undefined && record.deadline > 0n && record.deposited > record.withdrawn + record.spent)
        yield [account, record]
    }
  }

  /** The account as it was last read since this peer started. */
  reading(account: WalletKey): Reading | undefined {
    return this.#tracked.get(account)?.reading
  }

  /** Most that the account may spend in its life in `epoch`; undefined if it was never read. */
  of(account: WalletKey, epoch: number): { readonly total: bigint; readonly asOfMs: number } | undefined {
    const tracked = this.#tracked.get(account)
    if (tracked?.reading === undefined) return tracked?.stored
    return { total: totalOf(tracked.reading.record, epoch), asOfMs: tracked.reading.asOfMs }
  }

  /** Takes a reading; true if what the account may spend has changed. */
  set(account: WalletKey, reading: Reading, { epoch, nowMs }: { epoch: number; nowMs: number }): boolean {
    const tracked = this.#tracked.get(account)
    if (tracked === undefined) return false
    const before = this.of(account, epoch)?.total
    tracked.reading = reading
    const total = totalOf(reading.record, epoch)
    const { written } = tracked
    if (written === undefined || written.total !== total || nowMs - written.atMs > REWRITE_MS) {
      tracked.written = { total, atMs: nowMs }
      const value = encode([total, reading.asOfMs])
      // Best effort: a lost write costs a question to the chain.
      this.#store.write([{ put: `${PREFIX}${account}`, value }], { durable: false }).catch(() => {})
    }
    return before !== total
  }

  #forgetOldest(): void {
    let oldest: WalletKey | undefined
    let usedMs = Number.POSITIVE_INFINITY
    for (const [account, tracked] of this.#tracked) {
      if (tracked.usedMs >= usedMs) continue
      oldest = account
      usedMs = tracked.usedMs
    }
    if (oldest === undefined) return
    this.#tracked.delete(oldest)
    this.#store.write([{ del: `${PREFIX}${oldest}` }], { durable: false }).catch(() => {})
  }
}

/** A new account takes part only from its first epoch: the present beacon was known when its key was made. */
function totalOf(record: CreditAccountRecord | undefined, epoch: number): bigint {
  if (record === undefined || (record.height === 0n && record.epoch > BigInt(epoch))) return 0n
  return spendingLimit(record)
}
