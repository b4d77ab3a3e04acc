/**
 * The ledger of an open network: members, stake, epochs and the beacon are the registry program's accounts, funds are
 * the deposits and authorisations in the receipt program's. Everything is answered from memory, as the chain last said
 * at finality; certified headers are settled in the background. With the chain away, jobs go on for as long as the
 * protocol believes an old view.
 */

import { PublicKey } from '@solana/web3.js'
import type { Clock } from '#node/ports/clock.ts'
import type { Ledger, LedgerEvents } from '#node/ports/ledger.ts'
import type { Log } from '#node/ports/log.ts'
import type { Store } from '#node/ports/store.ts'
import { NODE_REGISTRY_ID } from '#programs/client/programs.ts'
import { decodeCreditAccount, decodeNetwork, decodeSeats, registryView } from '#programs/client/read.ts'
import { creditAccountAddress } from '#programs/client/receipt-pdas.ts'
import { seatsAddress } from '#programs/client/registry-pdas.ts'
import type { JobProof } from '#protocol/account/state.ts'
import type { SignedHeader } from '#protocol/agreement/effects.ts'
import type { Totals } from '#protocol/credits/totals.ts'
import { WeftError } from '#protocol/errors.ts'
import type { RegistryView } from '#protocol/membership/registry.ts'
import { equalBytes } from '#protocol/wire/hash.ts'
import { type Header, networkDomain } from '#protocol/wire/header.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import { type ChainNetwork, chainNetwork, connectTo, isLoopback, keypairOf, networkIdOf } from './cluster.ts'
import { chainError } from './errors.ts'
import { Funds } from './funds.ts'
import { Maintenance, type RegistryReading } from './maintenance.ts'
import { PastViews } from './past-views.ts'
import { Refunds } from './refunds.ts'
import { jobEnd, Settlements } from './settlements.ts'
import { type SettlePolicy, Settler } from './settler.ts'
import { Views } from './views.ts'

export interface SolanaComponents {
  /** Address of the RPC. */
  readonly rpcUrl: string
  /** The network's name on its cluster. */
  readonly name: string
  /** The peer's key: it pays for settlements and duties from what was put on its own address, never from a wallet. */
  readonly keys: { readonly key: PeerKey; readonly seed: Uint8Array }
  /** Open, and stays the caller's. */
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly policy: Pick<SettlePolicy, 'everyMs' | 'min'>
}

export { rpcUrlOf } from './cluster.ts'

/** Keys in one question to a node. */
const KEYS_MAX = 100
const NETWORK = 'ledger/network'
/** How often a chain on this machine, and another, is read. */
const POLL_LOCAL_MS = 300
const POLL_MS = 10_000
/** What each place in a draw waits longer: more than a confirmation takes. */
const STAGGER_LOCAL_MS = 800
const STAGGER_MS = 15_000
/** How long a start waits for the cluster to say which one it is. */
const GENESIS_TIMEOUT_MS = 3_000
/** Questions about new accounts wait so long for others. */
const GATHER_MS = 5
/** Price of a compute unit on a public cluster, micro-lamports. */
const PRIORITY_MICRO_LAMPORTS = 10_000
/** Consecutive failed readings before people are told, once. */
const QUIET_FAILURES = 3

/**
 * Opens the ledger of the network `name`. On the first run the chain must answer (CHAIN_UNREACHABLE) and know the
 * network (NETWORK_UNKNOWN); later a chain that is away does not keep the peer from starting.
 */
export async function createSolanaLedger(components: SolanaComponents): Promise<Ledger> {
  const { rpcUrl, name, store, log, clock, keys } = components
  const networkId = await knownNetworkId(components)
  const chain = chainNetwork(rpcUrl, networkId)
  const [views, funds, settlements] = await Promise.all([
    Views.open(store),
    Funds.open(store),
    Settlements.open(store, log),
  ])
  const local = isLoopback(rpcUrl)
  const staggerMs = local ? STAGGER_LOCAL_MS : STAGGER_MS
  const priorityMicroLamports = local ? 0 : PRIORITY_MICRO_LAMPORTS
  const payer = keypairOf(keys)
  const base = { chain, payer, self: keys.key, funds, clock, log }
  const maintenance = await Maintenance.open({ ...base, store, staggerMs, priorityMicroLamports })
  const settler = new Settler({
    ...base,
    settlements,
    policy: { ...components.policy, staggerMs, priorityMicroLamports },
    registry: () => views.newest(),
    onPinned: (account, epoch) => maintenance.pinned(account, epoch),
  })
  const refunds = new Refunds({ ...base, staggerMs, priorityMicroLamports })
  const ledger = new OnChain({ components, chain, views, funds, settlements, settler, maintenance, refunds, local })
  if (views.newest() === undefined) await ledger.read()
  else await sameCluster(components, networkId)
  if (views.newest() === undefined)
    throw new WeftError('NETWORK_UNKNOWN', `nobody has founded the network ${name} on ${rpcUrl}`)
  return ledger
}

/** The network's id: from the disk, else from the chain, whose genesis is part of it. */
async function knownNetworkId({ rpcUrl, name, store }: SolanaComponents): Promise<string> {
  const text = new TextDecoder().decode((await store.get(NETWORK)) ?? new Uint8Array())
  if (text.startsWith('solana:') && text.endsWith(`/${name}`)) return text
  if (text !== '')
    throw new WeftError('NETWORK_OTHER', `this folder belongs to the network ${text}`, {
      data: { next: 'choose another folder with --home' },
    })
  const networkId = await networkIdOf(connectTo(rpcUrl), name)
  await store.write([{ put: NETWORK, value: new TextEncoder().encode(networkId) }], { durable: true })
  return networkId
}

/**
 * NETWORK_OTHER if the address leads to another cluster than the one that this folder knows: a chain that was begun
 * anew, for example. A cluster that does not answer soon is taken for the right one: accounts of another have other
 * addresses, so nothing is mistaken.
 */
async function sameCluster({ rpcUrl, name }: SolanaComponents, networkId: string): Promise<void> {
  const found = await networkIdOf(connectTo(rpcUrl, { timeoutMs: GENESIS_TIMEOUT_MS }), name).catch(() => networkId)
  if (found !== networkId)
    throw new WeftError(
      'NETWORK_OTHER',
      `this folder belongs to the network ${networkId}, and ${rpcUrl} has ${found}`,
      {
        data: { next: 'name the other cluster with -u, or choose another folder with --home' },
      },
    )
}

interface Parts {
  readonly components: SolanaComponents
  readonly chain: ChainNetwork
  readonly views: Views
  readonly funds: Funds
  readonly settlements: Settlements
  readonly settler: Settler
  readonly maintenance: Maintenance
  readonly refunds: Refunds
  readonly local: boolean
}

class OnChain implements Ledger {
  readonly kind = 'solana'
  readonly networkId: string
  readonly programId = NODE_REGISTRY_ID.toBytes()
  readonly #parts: Parts
  readonly #domain: Uint8Array
  #events: LedgerEvents | undefined
  #stopping = new AbortController()
  #loop: Promise<void> = Promise.resolve()
  #wake: (() => void) | undefined
  #registryReading: RegistryReading | undefined
  /** Highest slot seen, and when: a cluster that stands still gives old news. */
  #seen = { slot: 0, atMs: 0 }
  #settling: Promise<void> = Promise.resolve()
  #serving: Promise<void> = Promise.resolve()
  /** Never rejects. */
  #filling: Promise<void> = Promise.resolve()
  #failures = 0
  readonly #past: PastViews

  constructor(parts: Parts) {
    this.#parts = parts
    const { chain, views, components } = parts
    const changed = () => this.#events?.changed()
    this.#past = new PastViews({ chain, views, store: components.store, log: components.log, changed })
    this.networkId = parts.chain.networkId
    this.#domain = networkDomain(this.networkId, this.programId)
  }

  async start(events: LedgerEvents): Promise<void> {
    if (this.#events !== undefined) return
    this.#events = events
    this.#stopping = new AbortController()
    this.#loop = this.#run(this.#stopping.signal)
  }

  async stop(): Promise<void> {
    this.#events = undefined
    this.#stopping.abort()
    this.#wake?.()
    await Promise.all([this.#loop, this.#settling, this.#serving, this.#filling])
    await this.#parts.settlements.flush()
  }

  registry(): RegistryView | undefined {
    return this.#parts.views.newest()
  }

  registryAt(epoch: number): RegistryView | undefined {
    return this.#parts.views.at(epoch)
  }

  funds(account: WalletKey): { total: bigint; asOfMs: number } | undefined {
    const { funds, components } = this.#parts
    if (funds.track(account, components.clock.wallMs())) this.#wake?.()
    return funds.of(account, this.registry()?.epoch ?? 0)
  }

  offerHeader(
    header: Header,
    totals: Totals,
    signatures: ReadonlyMap<PeerKey, Uint8Array>,
    jobsAndMeta: Uint8Array,
    end?: JobProof,
  ): void {
    if (!equalBytes(header.domain, this.#domain) || signatures.size === 0) return
    const settlement = { header, totals: new Map(totals), signatures: new Map(signatures), jobsAndMeta }
    this.#parts.settlements.offer({ ...settlement, end: end && jobEnd(end) })
  }

  ownerOf(account: WalletKey): WalletKey | undefined {
    return this.#parts.funds.reading(account)?.record?.owner.toBase58()
  }

  offerEvidence(peer: PeerKey, headers: readonly [SignedHeader, SignedHeader]): void {
    this.#parts.maintenance.accuse(peer, headers)
  }

  /** The chain tells everybody the same: ledgers of this kind have nothing to say to each other. */
  receive(): void {}

  /** Reads the chain until it is told to stop. Never rejects. */
  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const asked = this.#sleepUntilAsked(signal)
      await this.read().catch((error: unknown) => this.#failed(error))
      if (signal.aborted) break
      // In the background: what waits for a confirmation must not keep the readings waiting.
      this.#settling = Promise.all([this.#settling, this.#parts.settler.tick(signal)]).then(() => undefined)
      if (this.#registryReading !== undefined)
        this.#serving = Promise.all([
          this.#serving,
          this.#parts.maintenance.tick(this.#registryReading, signal),
          this.#parts.refunds.tick(this.#registryReading, signal),
        ]).then(() => undefined)
      await asked
    }
  }

  /** Resolves after the interval, or shortly after {@link funds} was asked for an account that is new here. */
  #sleepUntilAsked(signal: AbortSignal): Promise<void> {
    const { components, local } = this.#parts
    return new Promise((resolve) => {
      const cancel = components.clock.after(local ? POLL_LOCAL_MS : POLL_MS, resolve)
      this.#wake = () => {
        cancel()
        if (signal.aborted) resolve()
        else components.clock.after(GATHER_MS, resolve)
      }
    })
  }

  /** One reading of registry and accounts at finality. Rejects with what the chain says. */
  async read(): Promise<void> {
    const { chain, funds, components } = this.#parts
    const { clock } = components
    const wanted = funds.wanted(clock.wallMs())
    const heads = [chain.address, seatsAddress(chain.address)]
    let changed = false
    for (let from = 0; from === 0 || from < wanted.length; from += KEYS_MAX - heads.length) {
      const some = wanted.slice(from, from + KEYS_MAX - heads.length)
      const addresses = some.map((account) => creditAccountAddress(chain.address, new PublicKey(account)))
      const { context, value } = await chain.connection
        .getMultipleAccountsInfoAndContext([...heads, ...addresses], {
          commitment: 'finalized',
          minContextSlot: this.#seen.slot,
        })
        .catch((error: unknown) => {
          throw chainError(error, chain.rpcUrl)
        })
      if (context.slot > this.#seen.slot) this.#seen = { slot: context.slot, atMs: clock.wallMs() }
      const asOfMs = this.#seen.atMs
      const [network, seats, ...accounts] = value.map((found) => (found === null ? undefined : found.data))
      if (network !== undefined && seats !== undefined)
        changed = (await this.#takeRegistry(context.slot, network, seats)) || changed
      const epoch = this.registry()?.epoch ?? 0
      for (const [i, account] of some.entries()) {
        const data = accounts[i]
        const record = data === undefined ? undefined : decodeCreditAccount(chain.programs, data)
        changed = funds.set(account, { record, asOfMs }, { epoch, nowMs: clock.wallMs() }) || changed
      }
    }
    this.#failures = 0
    if (changed) this.#events?.changed()
  }

  async #takeRegistry(slot: number, networkData: Uint8Array, seatsData: Uint8Array): Promise<boolean> {
    const { chain, views, components } = this.#parts
    const network = decodeNetwork(chain.programs, networkData)
    const seats = decodeSeats(seatsData)
    const view = registryView(network, seats)
    this.#registryReading = { slot, network, seats, view }
    const newest = views.newest()
    if (newest !== undefined && view.epoch <= newest.epoch) return false
    const now = { slot, network, seats }
    // A witness must not take an epoch for the first one because it does not know the one before.
    if (newest !== undefined && view.epoch > newest.epoch + 1) await this.#past.catchUp(now, { mayFail: false })
    await views.add(view)
    await this.#past.remember(slot, networkData, seatsData)
    if (newest === undefined && view.epoch > 1) this.#filling = this.#past.catchUp(now, { mayFail: true })
    components.log.info({ epoch: view.epoch, members: view.members.length }, 'epoch adopted from the chain')
    return true
  }

  #failed(error: unknown): void {
    const { log } = this.#parts.components
    this.#failures++
    if (this.#failures === QUIET_FAILURES) log.warn({ error }, 'the chain does not answer; jobs go on without it')
    else log.debug({ error }, 'the chain was not read')
  }
}
