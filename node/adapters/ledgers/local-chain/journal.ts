/**
 * What accounts held before each slot that is not final: lets readers see the confirmed and the finalized state beside
 * the processed one, and lets the last slots be undone. Bounded by the writes of the slots that are not finalized.
 */
import type { AccountState } from './vm.ts'

/** Undo records by slot. */
export class Journal {
  readonly #slots = new Map<number, Map<string, AccountState | undefined>>()

  /** Remembers the first state of `key` in `slot`; later ones are of no use. */
  remember(slot: number, key: string, before: AccountState | undefined): void {
    let accounts = this.#slots.get(slot)
    if (accounts === undefined) {
      accounts = new Map()
      this.#slots.set(slot, accounts)
    }
    if (!accounts.has(key)) accounts.set(key, before)
  }

  /** What `key` held at the end of `slot`; undefined if it has not been written since. */
  at(slot: number, key: string): { readonly account: AccountState | undefined } | undefined {
    for (const [written, accounts] of this.#slots) {
      if (written > slot && accounts.has(key)) return { account: accounts.get(key) }
    }
    return undefined
  }

  /** Every account that was written after `slot`, with what it held at the end of it. */
  since(slot: number): Map<string, AccountState | undefined> {
    const out = new Map<string, AccountState | undefined>()
    for (const [written, accounts] of this.#slots) {
      if (written <= slot) continue
      for (const [key, account] of accounts) if (!out.has(key)) out.set(key, account)
    }
    return out
  }

  /** Drops what was written up to `slot`: it is final. */
  forgetThrough(slot: number): void {
    for (const written of this.#slots.keys()) if (written <= slot) this.#slots.delete(written)
  }

  /** Drops what was written after `slot`: it is undone. */
  forgetAfter(slot: number): void {
    for (const written of this.#slots.keys()) if (written > slot) this.#slots.delete(written)
  }
}
