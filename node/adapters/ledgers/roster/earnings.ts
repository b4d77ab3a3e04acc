/**
 * What wallets have earned from each other: per account the certified totals of the greatest height, and their sum per
 * payee. Totals are lifetime sums, so hearing of a header twice, late or out of order changes nothing.
 */
import { z } from 'zod'
import { sumTotals, type Totals } from '#protocol/credits/totals.ts'
import { limits } from '#protocol/limits.ts'
import { decode, encode } from '#protocol/wire/canonical.ts'
import { isKey, type WalletKey } from '#protocol/wire/keys.ts'
import type { RosterFiles } from './files.ts'
import { amountSchema, keySchema } from './roster.ts'

/** Accounts whose totals are remembered; none is ever forgotten, because that would take earnings away. */
const ACCOUNTS_MAX = 16_384

/** What became of offered totals. */
export type Offered = 'adopted' | 'old' | 'full' | 'wrong-sum' | 'decreasing'

interface AccountTotals {
  readonly height: number
  readonly totals: Totals
}

export interface Earnings {
  /**
   * Takes an account's totals at `height` if that is greater than before. `spent` is the header's, and must be their
   * sum.
   */
  offer(account: WalletKey, certified: AccountTotals & { readonly spent: bigint }): Offered
  /** Micro-credits earned from accounts other than its own. */
  earned(wallet: WalletKey): bigint
  /** Writes what changed since the last call. */
  flush(): Promise<void>
}

/** The earnings in `files`. What is damaged there is left out: it is learnt again with the account's next header. */
export function openEarnings(files: RosterFiles): Earnings {
  const earnings = new StoredEarnings(files)
  for (const [account, bytes] of files.readEarnings()) earnings.restore(account, bytes)
  return earnings
}

class StoredEarnings implements Earnings {
  readonly #files: RosterFiles
  readonly #accounts = new Map<WalletKey, AccountTotals>()
  readonly #earned = new Map<WalletKey, bigint>()
  readonly #dirty = new Set<WalletKey>()
  #flushing: Promise<void> = Promise.resolve()

  constructor(files: RosterFiles) {
    this.#files = files
  }

  offer(account: WalletKey, certified: AccountTotals & { readonly spent: bigint }): Offered {
    const before = this.#accounts.get(account)
    if (before !== undefined && certified.height <= before.height) return 'old'
    if (sumTotals(certified.totals) !== certified.spent) return 'wrong-sum'
    if (before !== undefined && decreases(before.totals, certified.totals)) return 'decreasing'
    if (before === undefined && this.#accounts.size >= ACCOUNTS_MAX) return 'full'
    this.#set(account, { height: certified.height, totals: new Map(certified.totals) })
    this.#dirty.add(account)
    return 'adopted'
  }

  earned(wallet: WalletKey): bigint {
    return this.#earned.get(wallet) ?? 0n
  }

  flush(): Promise<void> {
    this.#flushing = this.#flushing.catch(() => {}).then(() => this.#writeDirty())
    return this.#flushing
  }

  restore(account: string, bytes: Uint8Array): void {
    const parsed = storedSchema.safeParse(decode(bytes))
    if (isKey(account) && parsed.success)
      this.#set(account, { height: parsed.data[0], totals: new Map(parsed.data[1]) })
  }

  #set(account: WalletKey, next: AccountTotals): void {
    const before = this.#accounts.get(account)?.totals
    for (const [payee, total] of next.totals) {
      if (payee === account) continue
      this.#earned.set(payee, this.earned(payee) + total - (before?.get(payee) ?? 0n))
    }
    this.#accounts.set(account, next)
  }

  async #writeDirty(): Promise<void> {
    for (const account of [...this.#dirty]) {
      const known = this.#accounts.get(account)
      this.#dirty.delete(account)
      if (known === undefined) continue
      try {
        await this.#files.writeEarnings(account, encode([known.height, [...known.totals].map((entry) => [...entry])]))
      } catch (error) {
        this.#dirty.add(account)
        throw error
      }
    }
  }
}

function decreases(before: Totals, next: Totals): boolean {
  return [...before].some(([payee, total]) => (next.get(payee) ?? 0n) < total)
}

const storedSchema = z.tuple([
  z.number().int().nonnegative().max(limits.heightMax),
  z.array(z.tuple([keySchema, amountSchema])).max(limits.payeesPerAccount),
])
