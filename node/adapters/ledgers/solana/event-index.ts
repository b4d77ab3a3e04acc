/**
 * A network's events, kept in a store. What is final is read once; what is not is read again each time, so that an
 * event whose slot was rolled back disappears. Reading after a pause begins where the final part ended, so a lost
 * connection or a restart misses nothing. Events are never believed alone: {@link EventIndex.reconcile} compares their
 * sums with the accounts on chain.
 */
import { type ConfirmedSignatureInfo, PublicKey } from '@solana/web3.js'
import { z } from 'zod'
import type { Change, Store } from '#node/ports/store.ts'
import { JOB_RECEIPT_ID, NODE_REGISTRY_ID, PAYMENT_SPLITTER_ID } from '#programs/client/programs.ts'
import { creditAccountAddress } from '#programs/client/receipt-pdas.ts'
import { decode, encode } from '#protocol/wire/canonical.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import { accountStates } from './balances.ts'
import type { ChainNetwork } from './cluster.ts'
import { chainError } from './errors.ts'
import { type ChainEvent, chainEventSchema, eventsIn } from './event-log.ts'

/** What one reading changed. */
export interface Synced {
  readonly added: readonly ChainEvent[]
  /** Events whose slots were rolled back. */
  readonly undone: readonly ChainEvent[]
}

/** An account whose sums do not follow from the events. */
export interface Difference {
  readonly account: string
  readonly field: 'deposited' | 'withdrawn' | 'spent' | 'credited'
  readonly chain: string
  readonly events: string
}

const PROGRAMS = [NODE_REGISTRY_ID, JOB_RECEIPT_ID, PAYMENT_SPLITTER_ID]
const PAGE = 1_000
const EVENTS = 'chain/event/'
const CURSOR = 'chain/cursor/'
/** Slot that was final at the last reading. */
const FINAL = 'chain/final'
const TRANSACTIONS_AT_ONCE = 8
const READ_PAGE = 512
const RECONCILE_ATTEMPTS = 3

export class EventIndex {
  readonly #chain: ChainNetwork
  readonly #store: Store
  /** Addresses of this network's credit accounts, by their opening events. */
  readonly #accounts = new Set<string>()

  private constructor(chain: ChainNetwork, store: Store) {
    this.#chain = chain
    this.#store = store
  }

  /** The index in `store`, which is open and stays the caller's. */
  static async open(chain: ChainNetwork, store: Store): Promise<EventIndex> {
    const index = new EventIndex(chain, store)
    for await (const event of index.#stored(EVENTS)) index.#learn(event)
    return index
  }

  /** Events from chain slot `since` on, oldest first. */
  async *read(since = 0): AsyncGenerator<ChainEvent> {
    yield* this.#stored(nameOf({ slot: since, signature: '', index: 0 }))
  }

  /** Events of a wallet: of its account, and of what it earned. */
  async *ofWallet(wallet: WalletKey): AsyncGenerator<ChainEvent> {
    const account = creditAccountAddress(this.#chain.address, new PublicKey(wallet)).toBase58()
    for await (const event of this.read())
      if (
        [event.data['account'], event.data['payee'], event.data['owner']].some(
          (key) => key === account || key === wallet,
        )
      )
        yield event
  }

  /** Reads what is new. CHAIN_UNREACHABLE if the chain does not answer: nothing is changed then. */
  async sync(): Promise<Synced> {
    try {
      return await this.#sync()
    } catch (error) {
      throw chainError(error, this.#chain.rpcUrl)
    }
  }

  /**
   * Reads what is new; reads everything anew if the sums of the events are not those on chain. True if they are now.
   * `onSynced` hears of every change, in order.
   */
  async bringUpToDate(onSynced: (synced: Synced) => void = () => undefined): Promise<boolean> {
    // The chain goes on between the two readings: only what stays different was lost.
    for (let attempt = 0; attempt < RECONCILE_ATTEMPTS; attempt++) {
      onSynced(await this.sync())
      if ((await this.reconcile()).length === 0) return true
    }
    const before = new Map<string, ChainEvent>()
    for await (const event of this.read()) before.set(nameOf(event), event)
    await this.clear()
    const { added: all } = await this.sync()
    const after = new Set(all.map(nameOf))
    const undone = [...before].filter(([name]) => !after.has(name)).map(([, event]) => event)
    onSynced({ undone, added: all.filter((event) => !before.has(nameOf(event))) })
    return (await this.reconcile()).length === 0
  }

  /**
   * Compares the sums of all events with the accounts on chain; differences mean that events were lost, and what is on
   * chain counts.
   */
  async reconcile(): Promise<readonly Difference[]> {
    const sums = new Map<string, bigint>()
    const add = (account: unknown, field: Difference['field'], amount: unknown): void => {
      const name = `${String(account)}/${field}`
      sums.set(name, (sums.get(name) ?? 0n) + BigInt(String(amount)))
    }
    for await (const { name, data } of this.read()) {
      if (name === 'Deposited' || name === 'JobCreated') add(data['account'], 'deposited', data['amount'])
      if (name === 'Withdrawn') add(data['account'], 'withdrawn', data['amount'])
      if (name === 'Settled') sums.set(`${String(data['account'])}/spent`, BigInt(String(data['spent'])))
      if (name === 'PaymentDistributed') add(data['payee'], 'credited', data['amount'])
    }
    const differences: Difference[] = []
    for (const state of await accountStates(this.#chain)) {
      const events = sums.get(`${state.name}/${state.field}`) ?? 0n
      if (events === state.amount) continue
      const { name: account, field } = state
      differences.push({ account, field, chain: String(state.amount), events: String(events) })
    }
    return differences
  }

  /** Forgets everything, to be read anew. */
  async clear(): Promise<void> {
    const changes: Change[] = [
      { del: FINAL },
      ...PROGRAMS.map((program) => ({ del: `${CURSOR}${program.toBase58()}` })),
    ]
    for await (const event of this.#stored(EVENTS)) changes.push({ del: nameOf(event) })
    this.#accounts.clear()
    await this.#store.write(changes, { durable: true })
  }

  async #sync(): Promise<Synced> {
    // Asked for first: what the cursors pass is at most as new as this.
    const finalSlot = await this.#chain.connection.getSlot('finalized')
    const cursors: Change[] = [{ put: FINAL, value: encode(finalSlot) }]
    const rows = new Map<string, ConfirmedSignatureInfo>()
    for (const program of PROGRAMS) {
      const found = await this.#signatures(program, await this.#cursor(program))
      for (const row of found) rows.set(row.signature, row)
      const newest = found.find((row) => row.slot <= finalSlot)
      if (newest !== undefined) cursors.push({ put: `${CURSOR}${program.toBase58()}`, value: encode(newest.signature) })
    }
    const ordered = [...rows.values()].reverse().sort((a, b) => a.slot - b.slot)
    const fresh = new Map<string, ChainEvent>()
    for (let from = 0; from < ordered.length; from += TRANSACTIONS_AT_ONCE) {
      const some = ordered.slice(from, from + TRANSACTIONS_AT_ONCE).filter((row) => row.err === null)
      for (const events of await Promise.all(some.map((row) => this.#eventsOf(row))))
        for (const event of events) if (this.#learn(event)) fresh.set(nameOf(event), event)
    }
    return this.#replace(fresh, cursors)
  }

  /** Puts what is new, deletes what was not final last time and is not there any more; both and the cursors at once. */
  async #replace(fresh: ReadonlyMap<string, ChainEvent>, cursors: readonly Change[]): Promise<Synced> {
    const finalBefore = z.number().safeParse(decode((await this.#store.get(FINAL)) ?? new Uint8Array())).data ?? -1
    const undone: ChainEvent[] = []
    for await (const event of this.read(finalBefore + 1)) if (!fresh.has(nameOf(event))) undone.push(event)
    const added: ChainEvent[] = []
    for (const [name, event] of fresh) if ((await this.#store.get(name)) === undefined) added.push(event)
    const changes: Change[] = [
      ...undone.map((event) => ({ del: nameOf(event) })),
      ...added.map((event) => ({ put: nameOf(event), value: encode({ ...event, data: { ...event.data } }) })),
      ...cursors,
    ]
    await this.#store.write(changes, { durable: true })
    return { added, undone }
  }

  /** The program's transactions after `until`, newest first. */
  async #signatures(program: PublicKey, until: string | undefined): Promise<ConfirmedSignatureInfo[]> {
    const found: ConfirmedSignatureInfo[] = []
    for (;;) {
      const before = found.at(-1)?.signature
      const options = {
        limit: PAGE,
        ...(until === undefined ? {} : { until }),
        ...(before === undefined ? {} : { before }),
      }
      const { connection } = this.#chain
      const page = await connection.getSignaturesForAddress(program, options, 'confirmed')
      found.push(...page)
      if (page.length < PAGE) return found
    }
  }

  async #eventsOf({ signature, slot }: ConfirmedSignatureInfo): Promise<ChainEvent[]> {
    const { connection } = this.#chain
    const found = await connection.getTransaction(signature, {
      commitment: 'confirmed',
      maxSupportedTransactionVersion: 0,
    })
    // Rolled back just now, or another node behind the same address lags: nothing may be passed over.
    if (!found?.meta) throw new Error(`the node does not have the transaction ${signature} that it named`)
    return eventsIn(this.#chain.programs, { logs: found.meta.logMessages ?? [], slot, signature })
  }

  /** True if the event is of this network. An account's events come after the one that opened it. */
  #learn({ name, data }: ChainEvent): boolean {
    const { network, account } = data
    const ours = network === this.#chain.address.toBase58()
    if (ours && (name === 'AccountOpened' || name === 'JobCreated') && typeof account === 'string')
      this.#accounts.add(account)
    return ours || (network === undefined && typeof account === 'string' && this.#accounts.has(account))
  }

  /** Newest final transaction of the program that was read. */
  async #cursor(program: PublicKey): Promise<string | undefined> {
    const bytes = await this.#store.get(`${CURSOR}${program.toBase58()}`)
    return z.string().safeParse(decode(bytes ?? new Uint8Array())).data
  }

  async *#stored(gte: string): AsyncGenerator<ChainEvent> {
    let from = gte
    for (;;) {
      const page = await this.#store.range({ gte: from, lt: `${EVENTS}\uffff`, limit: READ_PAGE })
      for (const [, bytes] of page) {
        const parsed = chainEventSchema.safeParse(decode(bytes))
        if (parsed.success) yield parsed.data
      }
      const last = page.at(-1)?.[0]
      if (last === undefined || page.length < READ_PAGE) return
      from = `${last}\0`
    }
  }
}

/** What tells an event from all others, in the order of slots. */
export function nameOf({ slot, signature, index }: Pick<ChainEvent, 'slot' | 'signature' | 'index'>): string {
  return `${EVENTS}${String(slot).padStart(12, '0')}/${signature}/${String(index).padStart(3, '0')}`
}
