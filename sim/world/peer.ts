/** One simulated peer: the daemon's core, driver and recovery on simulated ports. It can crash, restart and pause. */
import type { Capacity, Effect, Event, Notice } from '#node/core/effects.ts'
import type { Log } from '#node/ports/log.ts'
import type { Network } from '#node/ports/network.ts'
import { Driver } from '#node/runtime/driver.ts'
import { recover } from '#node/runtime/recover.ts'
import type { Signer, WalletKey } from '#protocol/wire/keys.ts'
import type { Chain } from './chain.ts'
import { PeerClock } from './clock.ts'
import { SimDisk } from './disk.ts'
import type { Endpoint } from './endpoint.ts'
import { ENGINE, simExecutor, type Temper } from './executor.ts'
import { DOMAIN, NETWORK_ID, type PeerLedger, peerLedger } from './ledger.ts'
import type { SimNetwork } from './network.ts'
import { type Chance, chanceFrom } from './random.ts'
import { type Behaviour, WatchedCore } from './watched-core.ts'

/** What a peer is made of. */
export interface PeerOptions {
  readonly index: number
  readonly seed: number
  readonly signer: Signer
  readonly owner: WalletKey
  readonly region: number
  readonly slots: number
  readonly speedMilli: number
  readonly pricePerSecond: bigint
  readonly skewMs: number
  readonly driftPpm: number
  readonly net: SimNetwork
  readonly chain: Chain
  readonly behaviour?: Behaviour
}

/** What a peer wrote to its log: the arguments of {@link Log}, with the level that it was written at. */
export interface LogLine {
  readonly level: string
  readonly fields: Record<string, unknown>
  readonly message: string
}

/** What the world wants to know of its peers. */
export interface PeerHooks {
  heard(peer: SimPeer, event: Event): void
  said(peer: SimPeer, effects: readonly Effect[]): void
  sent(peer: SimPeer, frame: Uint8Array): void
  notice(peer: SimPeer, notice: Notice): void
  /** The process ended by itself. */
  fatal(peer: SimPeer, error: unknown): void
  logged(peer: SimPeer, line: LogLine): void
}

export class SimPeer {
  readonly options: PeerOptions
  readonly name: string
  readonly clock: PeerClock
  readonly disk: SimDisk
  readonly ledger: PeerLedger
  readonly endpoint: Endpoint
  readonly #network: Network
  readonly #hooks: PeerHooks
  readonly #chance: Chance
  temper: Temper = 'honest'
  /** Members whose offers it holds at most; as the limits have it if this says nothing. */
  offersHeld: number | undefined
  /** What it offers beside the scenario's hardware. */
  offered: Partial<Capacity> = {}
  core: WatchedCore | undefined
  driver: Driver | undefined
  /** Process starts so far. */
  life = 0
  #pausedUntilUs = 0

  constructor(options: PeerOptions, hooks: PeerHooks) {
    const { net, signer, seed, index } = options
    this.options = options
    this.name = `peer ${index}`
    this.#hooks = hooks
    this.#chance = chanceFrom(seed, `peer ${index}`)
    this.clock = new PeerClock(net.time, {
      skewMs: options.skewMs,
      driftPpm: options.driftPpm,
      run: (fire) => this.#awake(this.life, fire),
    })
    this.disk = new SimDisk(net.time, chanceFrom(seed, `disk ${index}`), (act) => this.#awake(this.life, act))
    this.ledger = peerLedger({ chain: options.chain, clock: this.clock, owner: options.owner })
    this.#network = net.join(signer.key, options.region)
    const endpoint = net.find(signer.key)
    if (endpoint === undefined) throw new Error('broken invariant: a peer that joined is on the network')
    this.endpoint = endpoint
    endpoint.decides = () => this.#decides()
  }

  get up(): boolean {
    return this.driver !== undefined
  }

  get honest(): boolean {
    return this.options.behaviour === undefined
  }

  get freeSlots(): number {
    return this.options.slots - (this.core?.summary().running ?? 0)
  }

  /**
   * Starts the process: from an empty disk, or from what the last life left there. `started` is called once it runs.
   */
  start(started: () => void): void {
    const life = ++this.life
    this.#boot(life).then(
      () => life === this.life && started(),
      (error: unknown) => life === this.life && this.#hooks.fatal(this, error),
    )
  }

  async #boot(life: number): Promise<void> {
    const { signer, owner, behaviour } = this.options
    await this.disk.open()
    const stored = await recover({ store: this.disk, ledger: this.ledger, domain: DOMAIN, networkId: NETWORK_ID })
    if (life !== this.life) return
    const core = new WatchedCore(
      {
        identity: { signer, owner, domain: DOMAIN, networkId: NETWORK_ID },
        ledger: this.ledger,
        random: (length) => this.#chance.bytes(length),
        stored,
        offersHeld: this.offersHeld,
      },
      {
        behaviour,
        heard: (event) => this.#hooks.heard(this, event),
        said: (effects) => this.#hooks.said(this, effects),
      },
    )
    this.core = core
    this.driver = this.#driver(core, life)
    await this.driver.start()
    this.readvertise()
  }

  /** Power off: what was not durable is lost, and nobody is told. */
  crash(): void {
    if (this.core !== undefined) this.core.dead = true
    this.core = undefined
    this.driver = undefined
    this.life++
    this.disk.crash()
    this.options.net.drop(this.endpoint)
    this.endpoint.events = undefined
  }

  /** The process stands still for a while: a sleeping laptop, a long garbage collection. */
  pause(forUs: number): void {
    this.#pausedUntilUs = Math.max(this.#pausedUntilUs, this.options.net.time.nowUs + forUs)
  }

  /** Advertises what it offers again. */
  readvertise(): void {
    this.dispatch({ type: 'capacity', capacity: this.#capacity() })
  }

  dispatch(event: Event): void {
    this.driver?.dispatch(event)
  }

  /** True if one of its logs has an open job, or something to admit. */
  #decides(): boolean {
    if (this.core === undefined) return false
    for (const { jobs } of this.core.states().values()) {
      for (const { phase } of jobs.values()) if (phase !== 'closed') return true
    }
    return this.core.summary().pending > 0
  }

  /** Carries `act` out if the process still lives, after its pause if it has one. */
  #awake(life: number, act: () => void): void {
    if (life !== this.life) return
    const { time } = this.options.net
    if (time.nowUs >= this.#pausedUntilUs) act()
    else time.at(this.#pausedUntilUs, () => this.#awake(life, act))
  }

  #driver(core: WatchedCore, life: number): Driver {
    const { speedMilli } = this.options
    const executor = simExecutor({ clock: this.clock, speedMilli, name: this.name, temper: () => this.temper })
    return new Driver({
      core,
      clock: this.clock,
      network: this.#awakeNetwork(life),
      store: this.disk,
      ledger: this.ledger,
      executors: new Map([[ENGINE, executor]]),
      log: this.#log(),
      onNotice: (notice) => this.#hooks.notice(this, notice),
      onFatal: (error) => {
        if (life !== this.life) return
        this.#hooks.fatal(this, error)
        this.crash()
      },
    })
  }

  #awakeNetwork(life: number): Network {
    const network = this.#network
    return {
      self: network.self,
      start: (events) =>
        network.start({
          message: (...all) => this.#awake(life, () => events.message(...all)),
          gossip: (...all) => this.#awake(life, () => events.gossip(...all)),
          connected: (peer) => this.#awake(life, () => events.connected(peer)),
          disconnected: (peer) => this.#awake(life, () => events.disconnected(peer)),
        }),
      stop: () => network.stop(),
      send: (to, channel, frame) => {
        if (life !== this.life) return false
        if (channel === 'control') this.#hooks.sent(this, frame)
        return network.send(to, channel, frame)
      },
      publish: (...all) => (life === this.life ? network.publish(...all) : undefined),
      subscribe: (topic) => network.subscribe(topic),
      connections: () => network.connections(),
      addresses: () => [],
      addAddress: () => undefined,
      setStanding: (peer, standing) => network.setStanding(peer, standing),
      recordOffence: (peer, offence) => network.recordOffence(peer, offence),
      dhtPut: (...all) => (life === this.life ? network.dhtPut(...all) : Promise.resolve(0)),
      dhtGet: (...all) => (life === this.life ? network.dhtGet(...all) : Promise.resolve(undefined)),
    }
  }

  #log(): Log {
    const write =
      (level: string) =>
      (fields: Record<string, unknown>, message: string): void =>
        this.#hooks.logged(this, { level, fields, message })
    const log: Log = {
      debug: () => undefined,
      info: write('info'),
      warn: write('warn'),
      error: write('error'),
      child: () => log,
    }
    return log
  }

  #capacity(): Capacity {
    const { slots, pricePerSecond, speedMilli } = this.options
    return {
      engines: [ENGINE],
      slots,
      memoryBytes: 2 ** 33,
      gpuMemoryBytes: 0,
      models: [],
      region: '',
      pricePerSecond,
      speedMilli,
      ...this.offered,
    }
  }
}
