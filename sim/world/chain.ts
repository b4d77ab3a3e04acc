/**
 * A simulated chain: slots, finality, and what chains do wrong. Transactions come late, twice or never; what is not
 * final may be rolled back. It runs the settlement rules of the programs: a certificate of the account's committee,
 * greater heights only, totals that do not shrink and stay within the deposit, and claims of total minus paid.
 */
import { type Certificate, checkCertificate } from '#protocol/agreement/certificate.ts'
import { sumTotals, type Totals } from '#protocol/credits/totals.ts'
import { drawCommittee } from '#protocol/membership/committee.ts'
import { type Member, type RegistryView, rosterView } from '#protocol/membership/registry.ts'
import { sha256, utf8 } from '#protocol/wire/hash.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { Chance } from './random.ts'
import type { Timeline } from './timeline.ts'

/** What a peer asks the chain to do. */
export type Transaction =
  | { readonly type: 'settle'; readonly certificate: Certificate; readonly totals: Totals }
  | { readonly type: 'claim'; readonly account: WalletKey; readonly payee: WalletKey }

/** One account of the chain. Values are replaced, never changed, so that a rollback is a reference. */
export interface ChainAccount {
  readonly deposit: bigint
  readonly height: number
  readonly totals: Totals
  readonly paid: Totals
}

interface Slot {
  readonly atUs: number
  readonly transaction: Transaction
  readonly before: ReadonlyMap<WalletKey, ChainAccount>
}

/** The beacon of an epoch; that of epoch 0 is what was known when the members registered. */
export function beaconOf(seed: number, epoch: number): Uint8Array {
  return sha256(utf8(`weft/sim/beacon/${seed}/${epoch}`))
}

const SLOT_US = 400_000
/** A transaction that did not land by then is dropped: its blockhash is too old. */
const EXPIRY_US = 60_000_000
const FINAL_US = 12_800_000

export class Chain {
  readonly #time: Timeline
  readonly #chance: Chance
  readonly #seed: number
  readonly #members: readonly Member[]
  readonly #deposit: bigint
  readonly #funded: ReadonlySet<WalletKey>
  readonly #views = new Map<number, RegistryView>()
  #accounts: ReadonlyMap<WalletKey, ChainAccount> = new Map()
  #slots: Slot[] = []
  #waiting: { transaction: Transaction; untilUs: number }[] = []
  epoch = 0
  /** While true nothing lands. */
  stalled = false
  /** Chance that a transaction never lands, or lands twice. */
  lossPpm = 0
  duplicatePpm = 0
  /** Counters for reports. */
  readonly traffic = { landed: 0, refused: 0, expired: 0, rolledBack: 0 }

  /** `funded`: the wallets that deposited `deposit`; all others nothing. */
  constructor(parts: {
    time: Timeline
    chance: Chance
    seed: number
    members: readonly Member[]
    deposit: bigint
    funded: ReadonlySet<WalletKey>
  }) {
    this.#time = parts.time
    this.#chance = parts.chance
    this.#seed = parts.seed
    this.#members = parts.members
    this.#deposit = parts.deposit
    this.#funded = parts.funded
    this.nextEpoch()
  }

  view(epoch: number): RegistryView | undefined {
    return this.#views.get(epoch)
  }

  nextEpoch(): void {
    this.epoch++
    this.#views.set(this.epoch, rosterView(this.epoch, beaconOf(this.#seed, this.epoch), this.#members))
  }

  /** True for a wallet that ever deposited anything. */
  isFunded(key: WalletKey): boolean {
    return this.#funded.has(key)
  }

  account(key: WalletKey): ChainAccount {
    const deposit = this.isFunded(key) ? this.#deposit : 0n
    return this.#accounts.get(key) ?? { deposit, height: 0, totals: new Map(), paid: new Map() }
  }

  accounts(): Iterable<[WalletKey, ChainAccount]> {
    return this.#accounts
  }

  submit(transaction: Transaction): void {
    if (this.#chance.ppm(this.lossPpm)) return
    const copies = this.#chance.ppm(this.duplicatePpm) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      const untilUs = this.#time.nowUs + EXPIRY_US
      this.#time.after(SLOT_US * this.#chance.int(1, 4), () => this.#land(transaction, untilUs))
    }
  }

  /** What waited while the chain stood still lands, as far as it is not too old. */
  resume(): void {
    this.stalled = false
    const waiting = this.#waiting
    this.#waiting = []
    for (const { transaction, untilUs } of waiting) this.#land(transaction, untilUs)
  }

  /** A fork that loses: everything that is not final never happened. Whoever cares sends it again. */
  rollBack(): void {
    const [first] = this.#slots.filter((slot) => slot.atUs > this.#time.nowUs - FINAL_US)
    if (first === undefined) return
    this.traffic.rolledBack += this.#slots.length
    this.#accounts = first.before
    this.#slots = []
  }

  #land(transaction: Transaction, untilUs: number): void {
    const { nowUs } = this.#time
    if (this.stalled) {
      this.#waiting.push({ transaction, untilUs })
      return
    }
    if (nowUs > untilUs) {
      this.traffic.expired++
      return
    }
    this.#slots = this.#slots.filter((slot) => slot.atUs > nowUs - FINAL_US)
    const before = this.#accounts
    const done = transaction.type === 'settle' ? this.#settle(transaction) : this.#claim(transaction)
    if (!done) this.traffic.refused++
    else {
      this.traffic.landed++
      this.#slots.push({ atUs: nowUs, transaction, before })
    }
  }

  #settle({ certificate, totals }: Extract<Transaction, { type: 'settle' }>): boolean {
    const { header } = certificate
    const known = this.account(header.account)
    // Every witness settles what one of them settled already: most are refused here.
    if (header.height <= known.height) return false
    const view = this.#views.get(header.epoch)
    if (view === undefined || checkCertificate(certificate, drawCommittee(view, header.account)) !== undefined)
      return false
    const spent = sumTotals(totals)
    if (spent !== header.spent || spent > known.deposit) return false
    for (const [payee, total] of known.totals) if ((totals.get(payee) ?? 0n) < total) return false
    this.#put(header.account, { ...known, height: header.height, totals })
    return true
  }

  #claim({ account, payee }: Extract<Transaction, { type: 'claim' }>): boolean {
    const known = this.account(account)
    const total = known.totals.get(payee) ?? 0n
    if (total <= (known.paid.get(payee) ?? 0n)) return false
    this.#put(account, { ...known, paid: new Map(known.paid).set(payee, total) })
    return true
  }

  #put(key: WalletKey, account: ChainAccount): void {
    this.#accounts = new Map(this.#accounts).set(key, account)
  }
}
