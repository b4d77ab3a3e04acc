/** A cluster in one process: real core and driver, memory network and store, an executor that the test decides. */

import { createMemoryStore } from '#node/adapters/store/memory.ts'
import { createSystemClock } from '#node/adapters/system/clock.ts'
import type { Notice } from '#node/core/effects.ts'
import { PeerCore } from '#node/core/peer-core.ts'
import type { Clock } from '#node/ports/clock.ts'
import type { Executor, Outcome, Task } from '#node/ports/executor.ts'
import type { Ledger } from '#node/ports/ledger.ts'
import type { Log } from '#node/ports/log.ts'
import type { Channel, Network, NetworkEvents } from '#node/ports/network.ts'
import type { Store } from '#node/ports/store.ts'
import { Driver } from '#node/runtime/driver.ts'
import { NoticeHub } from '#node/runtime/notices.ts'
import { recover } from '#node/runtime/recover.ts'
import type { JobSpec } from '#protocol/job/spec.ts'
import { type RegistryView, rosterView } from '#protocol/membership/registry.ts'
import { decodeFrame, encodeFrame, type Frame } from '#protocol/messages/frame.ts'
import { sha256, utf8 } from '#protocol/wire/hash.ts'
import { type Header, networkDomain } from '#protocol/wire/header.ts'
import { type PeerKey, type Signer, signerFromSeed, type WalletKey } from '#protocol/wire/keys.ts'

export const NETWORK = 'roster:test'
export const domain = networkDomain(NETWORK)

export function key(name: string): Signer {
  return signerFromSeed(sha256(utf8(name)))
}

const silent: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silent,
}

/** Delivers every frame in order, asynchronously, between nodes that are up. */
class Hub {
  readonly nodes = new Map<PeerKey, NetworkEvents>()
  /** Whom peers reported. */
  readonly offenders: PeerKey[] = []
}

class HubNetwork implements Network {
  readonly self: PeerKey
  readonly #hub: Hub

  constructor(hub: Hub, self: PeerKey) {
    this.#hub = hub
    this.self = self
  }

  async start(events: NetworkEvents): Promise<void> {
    for (const [peer, other] of this.#hub.nodes) {
      setImmediate(() => other.connected(this.self))
      setImmediate(() => events.connected(peer))
    }
    this.#hub.nodes.set(this.self, events)
  }

  async stop(): Promise<void> {
    this.#hub.nodes.delete(this.self)
    for (const other of this.#hub.nodes.values()) other.disconnected(this.self)
  }

  send(to: PeerKey, channel: Channel, frame: Uint8Array): boolean {
    setImmediate(() => this.#hub.nodes.has(this.self) && this.#hub.nodes.get(to)?.message(this.self, channel, frame))
    return true
  }

  publish(topic: string, data: Uint8Array): void {
    for (const [peer, events] of this.#hub.nodes)
      if (peer !== this.self) setImmediate(() => events.gossip(topic, this.self, data))
  }

  subscribe(): void {}
  connections(): readonly PeerKey[] {
    return [...this.#hub.nodes.keys()].filter((peer) => peer !== this.self)
  }
  addresses(): readonly string[] {
    return []
  }
  addAddress(): void {}
  setStanding(): void {}
  recordOffence(peer: PeerKey): void {
    this.#hub.offenders.push(peer)
  }
  async dhtPut(): Promise<number> {
    return 0
  }
  async dhtGet(): Promise<undefined> {
    return undefined
  }
}

export interface Node {
  readonly signer: Signer
  readonly core: PeerCore
  readonly driver: Driver
  readonly store: Store
  readonly watchers: NoticeHub
  readonly notices: Notice[]
}

/** See {@link Cluster.stranger}. */
export interface Stranger {
  readonly signer: Signer
  /** Frames that it got, in order. */
  readonly got: readonly Frame[]
  send(to: Node, frame: Frame, channel?: Channel): void
}

/** What a peer's runs do: by default they print the job's name. */
export type Program = (peer: number, task: Task, signal: AbortSignal) => Promise<Outcome>

export const printName: Program = async (_peer, task) => ({
  status: 'done',
  stdout: utf8(`result of ${String(task.engine.params['text'] ?? '')}`),
  stderr: new Uint8Array(),
  files: [],
  meterMs: 5,
})

export class Cluster {
  readonly #hub = new Hub()
  /** Changed before the start only. */
  registry: RegistryView
  readonly signers: Signer[]
  readonly nodes: (Node | undefined)[] = []
  readonly #stores: Store[] = []
  readonly #program: Program
  readonly #clockOf: (node: number) => Clock

  constructor(size: number, program: Program = printName, clockOf: (node: number) => Clock = createSystemClock) {
    this.#program = program
    this.#clockOf = clockOf
    this.signers = Array.from({ length: size }, (_, i) => key(`peer ${i}`))
    this.registry = rosterView(
      1,
      sha256(utf8('beacon')),
      this.signers.map((signer, i) => ({ peer: signer.key, owner: key(`owner ${i}`).key })),
    )
  }

  async start(): Promise<void> {
    for (let i = 0; i < this.signers.length; i++) await this.startNode(i)
  }

  async startNode(i: number): Promise<Node> {
    const signer = this.signers[i]
    if (signer === undefined) throw new RangeError(`no node ${i}`)
    const store = this.#stores[i] ?? createMemoryStore()
    this.#stores[i] = store
    await store.open()
    const clock = this.#clockOf(i)
    const ledger = this.#ledger(clock)
    const stored = await recover({ store, ledger, domain, networkId: NETWORK })
    const owner = key(`owner ${i}`).key
    let seed = 0
    const core = new PeerCore({
      identity: { signer, owner, domain, networkId: NETWORK },
      ledger,
      random: (length) => sha256(utf8(`${i} ${seed++}`)).slice(0, length),
      stored,
    })
    const watchers = new NoticeHub()
    const notices: Notice[] = []
    watchers.listen((notice) => void notices.push(notice))
    const executor = this.#executor(i)
    const driver = new Driver({
      core,
      clock,
      network: new HubNetwork(this.#hub, signer.key),
      store,
      ledger,
      executors: new Map([['noop', executor]]),
      log: silent,
      onNotice: (notice) => watchers.tell(notice),
      onFatal: (error) => {
        throw error
      },
    })
    const node = { signer, core, driver, store, watchers, notices }
    this.nodes[i] = node
    await driver.start()
    driver.dispatch({
      type: 'capacity',
      capacity: {
        engines: ['noop'],
        slots: 64,
        memoryBytes: 2 ** 33,
        gpuMemoryBytes: 0,
        models: [],
        region: '',
        pricePerSecond: 1_000n,
        speedMilli: 1_000,
      },
    })
    return node
  }

  async stopNode(i: number): Promise<void> {
    const node = this.nodes[i]
    this.nodes[i] = undefined
    await node?.driver.stop()
  }

  async stop(): Promise<void> {
    await Promise.all(this.nodes.map((_, i) => this.stopNode(i)))
  }

  /** Accounts that the ledgers know to have nothing. */
  readonly unfunded = new Set<WalletKey>()

  /** A peer that keeps no rules: it sends what it likes, and keeps what it gets. */
  stranger(signer: Signer): Stranger {
    const got: Frame[] = []
    const hear = (frame: Uint8Array): void => {
      const decoded = decodeFrame(frame)
      if (decoded !== undefined) got.push(decoded)
    }
    const nothing = (): void => undefined
    const hub = this.#hub.nodes
    hub.set(signer.key, {
      message: (_from, _channel, frame) => hear(frame),
      gossip: nothing,
      connected: nothing,
      disconnected: nothing,
    })
    for (const [peer, events] of hub) if (peer !== signer.key) events.connected(signer.key)
    const send = (to: Node, frame: Frame, channel: Channel = 'control'): void =>
      hub.get(to.signer.key)?.message(signer.key, channel, encodeFrame(frame))
    return { signer, got, send }
  }

  /** Whom the peers reported for what no honest peer does. */
  get offenders(): readonly PeerKey[] {
    return this.#hub.offenders
  }

  /** Headers that the ledgers were given, all nodes together. */
  readonly offered: Header[] = []

  node(i: number): Node {
    const node = this.nodes[i]
    if (node === undefined) throw new RangeError(`node ${i} is down`)
    return node
  }

  #ledger(clock: Clock): Ledger {
    return {
      kind: 'roster',
      networkId: NETWORK,
      programId: new Uint8Array(32),
      start: async () => undefined,
      stop: async () => undefined,
      registry: () => this.registry,
      registryAt: (epoch) => (epoch === 1 ? this.registry : undefined),
      funds: (account) => ({ total: this.unfunded.has(account) ? 0n : 1_000_000_000_000n, asOfMs: clock.wallMs() }),
      offerHeader: (header) => void this.offered.push(header),
      receive: () => undefined,
    }
  }

  #executor(i: number): Executor {
    return {
      engine: 'noop',
      selfTest: async () => ({ version: '1', models: [], gpuMemoryBytes: 0 }),
      run: (task, { signal }) => this.#program(i, task, signal),
      validate: () => undefined,
      stop: async () => undefined,
    }
  }
}

export function jobSpec(wallet: Signer, seq: number, patch: Partial<JobSpec> = {}): JobSpec {
  const now = Date.now()
  return {
    version: 1,
    name: `job ${seq}`,
    network: NETWORK,
    account: wallet.key,
    seq,
    authorised: 1_000_000_000n,
    createdMs: now,
    deadlineMs: now + 600_000,
    engine: { type: 'noop', params: { text: `job ${seq}` } },
    inputs: [],
    requirements: { timeMs: 10_000, memoryBytes: 2 ** 20, regions: [], gpuMemoryBytes: 0, models: [] },
    replicas: 3,
    comparator: { type: 'exact' },
    priceMax: 1_000_000n,
    policy: 'balanced',
    ...patch,
  }
}
