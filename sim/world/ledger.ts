/** A simulated ledger: epochs of the registry, deposits, and what was settled. It checks settlements as the programs do. */
import type { Ledger, LedgerEvents } from '#node/ports.ts'
import type { Totals } from '#protocol/credits/totals.ts'
import { type Member, type RegistryView, rosterView } from '#protocol/membership/registry.ts'
import { sha256, utf8 } from '#protocol/wire/hash.ts'
import { type Header, networkDomain } from '#protocol/wire/header.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'

export const NETWORK_ID = 'roster:sim'
/** The domain of every simulated network. */
export const DOMAIN = networkDomain(NETWORK_ID)

/** The ledger's truth; each peer sees it through {@link peerLedger}. */
export class Chain {
  readonly #views = new Map<number, RegistryView>()
  readonly #members: readonly Member[]
  readonly #seed: number
  readonly #deposits = new Map<WalletKey, bigint>()
  readonly deposit: bigint
  epoch = 0
  /** While true it answers, and nothing new becomes known. */
  stalled = false
  /** Height and spent total of the newest settlement of each account. */
  readonly settled = new Map<WalletKey, { readonly height: number; readonly spent: bigint }>()

  constructor(seed: number, members: readonly Member[], deposit: bigint) {
    this.#seed = seed
    this.#members = members
    this.deposit = deposit
    this.nextEpoch()
  }

  view(epoch: number): RegistryView | undefined {
    return this.#views.get(epoch)
  }

  nextEpoch(): void {
    this.epoch++
    const beacon = sha256(utf8(`weft/sim/beacon/${this.#seed}/${this.epoch}`))
    this.#views.set(this.epoch, rosterView(this.epoch, beacon, this.#members))
  }

  fundsOf(account: WalletKey): bigint {
    return this.#deposits.get(account) ?? this.deposit
  }

  setFunds(account: WalletKey, total: bigint): void {
    this.#deposits.set(account, total)
  }

  /** A settlement: greater heights only, never more than the deposit, totals that do not shrink. */
  settle(header: Header, totals: Totals): void {
    const before = this.settled.get(header.account)
    if (this.stalled || (before !== undefined && header.height <= before.height)) return
    let spent = 0n
    for (const total of totals.values()) spent += total
    if (spent !== header.spent || spent > this.fundsOf(header.account)) return
    if (before !== undefined && spent < before.spent) return
    this.settled.set(header.account, { height: header.height, spent })
  }
}

/** One peer's view: it may lag behind by whole epochs. */
export interface PeerLedger extends Ledger {
  /** Epoch that this peer knows of. */
  seen: number
  events: LedgerEvents | undefined
}

/** The Ledger port of one peer. */
export function peerLedger(chain: Chain, wallMs: () => number): PeerLedger {
  const ledger: PeerLedger = {
    kind: 'roster',
    networkId: NETWORK_ID,
    programId: new Uint8Array(32),
    seen: chain.epoch,
    events: undefined,
    start: async (events) => {
      ledger.events = events
    },
    stop: async () => undefined,
    registry: () => chain.view(ledger.seen),
    registryAt: (epoch) => (epoch <= ledger.seen ? chain.view(epoch) : undefined),
    funds: (account) => ({ total: chain.fundsOf(account), asOfMs: wallMs() }),
    offerHeader: (header, totals) => chain.settle(header, totals),
    receive: () => undefined,
  }
  return ledger
}
