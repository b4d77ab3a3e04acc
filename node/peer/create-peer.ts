/** The composition root: the only file that knows every part. It turns settings and a folder into a running peer. */
import { existsSync } from 'node:fs'
import { encodeFrame } from '#protocol/messages/frame.ts'
import { networkDomain } from '#protocol/wire/header.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import { createWallet, loadOrCreatePeerKey, loadWallet } from '../adapters/keys/files.ts'
import type { KeyPair } from '../adapters/keys/keypair.ts'
import type { Membership } from '../adapters/ledgers/roster/ledger.ts'
import { createLevelStore } from '../adapters/store/level.ts'
import { createSystemClock } from '../adapters/system/clock.ts'
import { createSystemRandom } from '../adapters/system/random.ts'
import { makeFolders, type Paths } from '../config/paths.ts'
import type { Settings } from '../config/schema.ts'
import { PeerCore } from '../core/peer-core.ts'
import type { Clock } from '../ports/clock.ts'
import type { Executor } from '../ports/executor.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { Log } from '../ports/log.ts'
import type { Network } from '../ports/network.ts'
import type { Store } from '../ports/store.ts'
import { Driver } from '../runtime/driver.ts'
import { NoticeHub } from '../runtime/notices.ts'
import { recover } from '../runtime/recover.ts'
import { readMaterial } from './answers/explain-placement.ts'
import { PeerFacade } from './answers/facade.ts'
import { forgetUnverifiedSequences, recordValidator, verifiedSequences } from './dht-records.ts'
import { engage, executorsFor } from './engines.ts'
import { type OpenLedger, openLedger } from './open-ledger.ts'
import type { ChainEvents, PeerApi } from './peer-api.ts'

/** A peer that can be started, and asked what its gateway asks. */
export interface Peer extends PeerApi {
  /** Starts to take part. Rejects with what is wrong (PORT_IN_USE, STORE_LOCKED, …). */
  start(): Promise<void>
  /** Stops in order: no new work, runs ended, everything on disk. Idempotent. */
  stop(): Promise<void>
  /** Resolves when the engines' self-tests are over and the offers are out. */
  engaged(): Promise<void>
  /** Where this peer stands with its network. */
  membership(): Membership
}

/** What a peer is made from. */
export interface PeerOptions {
  readonly settings: Settings
  readonly paths: Paths
  readonly log: Log
  readonly version: string
  /** A join token: this peer asks the network's founder to admit it. */
  readonly join?: string
  /** Engines by name, instead of those that the settings name: for programs that embed a peer. */
  readonly executors?: ReadonlyMap<string, Executor>
  /** The peer cannot go on (its disk fails): called once. */
  readonly onFatal: (error: unknown) => void
}

const REFERENCE_SPEED = 1_000

/** Opens the peer in `paths.home`, making identity, wallet and network on the first run. Nothing is running yet. */
export async function createPeer(options: PeerOptions): Promise<Peer> {
  const { settings, paths, log } = options
  makeFolders(paths)
  const clock = createSystemClock()
  const random = createSystemRandom()
  const keys = await loadOrCreatePeerKey(paths.home)
  const wallet = existsSync(paths.wallet) ? await loadWallet(paths.wallet) : await createWallet(paths.wallet)
  const store = createLevelStore({ folder: paths.store, clock, log: log.child({ part: 'store' }) })
  await store.open()
  const belonging = await openLedger({ settings, paths, keys, wallet, store, clock, log, join: options.join }).catch(
    async (error: unknown) => {
      await store.close()
      throw error
    },
  )
  const { ledger } = belonging
  const domain = networkDomain(ledger.networkId, ledger.programId)
  const stored = await recover({ store, ledger, domain, networkId: ledger.networkId })
  const identity = { signer: keys.signer, owner: wallet.key, domain, networkId: ledger.networkId }
  const core = new PeerCore({ identity, ledger, random: (length) => random.bytes(length), stored })
  const network = await openNetwork({ settings, keys, store, ledger, domain, clock, log })
  const executors = options.executors ?? (await executorsFor(settings.engines))
  const notices = new NoticeHub()
  /** Never rejects: a question that cannot be answered is not. */
  const serve = async (to: PeerKey, account: WalletKey, height: number): Promise<void> => {
    const context = { store, ledger, domain, networkId: ledger.networkId }
    const material = await readMaterial(account, height, context).catch(() => undefined)
    if (material !== undefined) network.send(to, 'bulk', encodeFrame({ type: 'entry', account, height, ...material }))
  }
  const driver = new Driver({
    core,
    clock,
    network,
    store,
    ledger,
    executors,
    log,
    onNotice: (notice) => notices.tell(notice),
    onConnected: (peer) => belonging.greet(peer),
    onServeEntry: ({ to, account, height }) => void serve(to, account, height),
    onFatal: options.onFatal,
  })
  return new RunningPeer({
    options,
    keys,
    wallet,
    domain,
    core,
    driver,
    network,
    store,
    ledger,
    belonging,
    clock,
    executors,
    notices,
  })
}

interface Parts {
  readonly options: PeerOptions
  readonly keys: KeyPair
  readonly wallet: KeyPair
  readonly domain: Uint8Array
  readonly core: PeerCore
  readonly driver: Driver
  readonly network: Network
  readonly store: Store
  readonly ledger: Ledger
  readonly belonging: OpenLedger
  readonly clock: Clock
  readonly executors: ReadonlyMap<string, Executor>
  readonly notices: NoticeHub
}

class RunningPeer extends PeerFacade implements Peer {
  readonly #parts: Parts
  readonly #engines: { engine: string; version: string }[]
  readonly #stopping = new AbortController()
  #engaged: Promise<void> = Promise.resolve()
  #stopped: Promise<void> | undefined

  constructor(parts: Parts) {
    const engines: { engine: string; version: string }[] = []
    const { options, keys, wallet, belonging, network, clock } = parts
    super({
      ...parts,
      self: keys.key,
      owner: wallet.key,
      version: options.version,
      slots: options.settings.slots,
      startedMs: clock.monotonicMs(),
      membership: () => belonging.membership(),
      engines: () => engines,
      invite: async (terms) => belonging.invite({ addresses: network.addresses(), ...terms }),
    })
    this.#parts = parts
    this.#engines = engines
  }

  async start(): Promise<void> {
    const { driver, belonging, network } = this.#parts
    await driver.start()
    await belonging.chainEvents?.start()
    // The network takes addresses only once it runs.
    for (const address of belonging.inviteAddresses()) network.addAddress(address)
    this.#engaged = this.#engage().catch((error: unknown) => {
      this.#parts.options.log.error({ error }, 'engines could not be started')
    })
  }

  get chainEvents(): ChainEvents | undefined {
    return this.#parts.belonging.chainEvents
  }

  engaged(): Promise<void> {
    return this.#engaged
  }

  membership(): Membership {
    return this.#parts.belonging.membership()
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  /** Tests each engine and offers those that work. */
  async #engage(): Promise<void> {
    const { executors, options, driver } = this.#parts
    const { log } = options
    const engaged = await engage(executors.values(), { signal: this.#stopping.signal, log })
    this.#engines.push(...engaged.engines)
    const { slots, memoryBytes, region, pricePerSecond } = options.settings
    driver.dispatch({
      type: 'capacity',
      capacity: {
        engines: this.#engines.map(({ engine }) => engine),
        slots,
        memoryBytes,
        gpuMemoryBytes: engaged.gpuMemoryBytes,
        models: engaged.models,
        region,
        pricePerSecond,
        speedMilli: REFERENCE_SPEED,
      },
    })
  }

  async #stop(): Promise<void> {
    const { driver, store, executors, belonging } = this.#parts
    this.#stopping.abort()
    await belonging.chainEvents?.stop()
    await driver.stop()
    await Promise.all([...executors.values()].map((executor) => executor.stop()))
    await this.#engaged
    await store.close()
  }
}

async function openNetwork(parts: {
  settings: Settings
  keys: KeyPair
  store: Store
  ledger: Ledger
  domain: Uint8Array
  clock: Clock
  log: Log
}): Promise<Network> {
  const { settings, keys, store, ledger, domain, log } = parts
  const { createLibp2pNetwork } = await import('../adapters/network/network.ts')
  await forgetUnverifiedSequences(store)
  const text = new TextDecoder()
  const bytes = new TextEncoder()
  return createLibp2pNetwork({
    seed: keys.seed,
    listen: settings.listen,
    bootstrap: settings.bootstrap,
    mdns: settings.mdns,
    networkId: ledger.networkId,
    cachedPeers: {
      load: async () => JSON.parse(text.decode((await store.get('net/peers')) ?? bytes.encode('[]'))) as string[],
      save: (addresses) =>
        store.write([{ put: 'net/peers', value: bytes.encode(JSON.stringify(addresses)) }], { durable: false }),
    },
    sequences: verifiedSequences(store),
    validate: recordValidator({ ledger, domain, nowMs: () => parts.clock.wallMs() }),
    log: log.child({ part: 'network' }),
  })
}
