/**
 * The one loop: an event goes into the core, its effects come out and are carried out in order. What must be on disk
 * before it is sent is kept in lanes. The daemon runs it on real adapters, the simulator on simulated ones.
 */
import { limits } from '#protocol/limits.ts'
import { encodeFrame } from '#protocol/messages/frame.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { Effect, Event, Notice } from '../core/effects.ts'
import type { PeerCore } from '../core/peer-core.ts'
import { storeKeys } from '../core/store-keys.ts'
import { asWall } from '../core/time.ts'
import type { Clock } from '../ports/clock.ts'
import type { Executor, Outcome, Task } from '../ports/executor.ts'
import type { Ledger } from '../ports/ledger.ts'
import type { Log } from '../ports/log.ts'
import type { Network } from '../ports/network.ts'
import type { Store } from '../ports/store.ts'

/** Gossip topics by what is said on them. They are on the wire: peers of another version hear each other by them. */
export const topics = { offers: 'weft/offers/1', totals: 'weft/totals/1' } as const

/** What one peer is put together from. All are this driver's alone while it runs. */
export interface DriverParts {
  /** Made from what `recover` found in the store; stepped by nobody else. */
  readonly core: PeerCore
  readonly clock: Clock
  /** Not started yet: the driver starts and stops it. */
  readonly network: Network
  /** Open, and closed by whoever opened it, after the driver has stopped. */
  readonly store: Store
  /** Not started yet: the driver starts and stops it. */
  readonly ledger: Ledger
  /** By engine type; those whose self-tests passed. */
  readonly executors: ReadonlyMap<string, Executor>
  readonly log: Log
  /** Called for each notice of the core, in order. Must not throw. */
  readonly onNotice: (notice: Notice) => void
  /** A connection opened: adapters that greet do it here. */
  readonly onConnected?: (peer: PeerKey) => void
  /** Another peer wants to recompute an entry. Must not throw. */
  readonly onServeEntry?: (request: { to: PeerKey; account: WalletKey; height: number }) => void
  /** The peer can no longer keep its promises (its disk fails, an invariant broke): it must stop. May come again. */
  readonly onFatal: (error: unknown) => void
}

const SWEEP_EVERY_MS = 60_000
/** Records that are forgotten in one step: more would hold up the others. */
const SWEEP_BATCH = 512
/** Records that wait to be published; further ones are dropped until there is room. */
const RECORDS_MAX = 1_024
/** A record is put, or looked up, for this time at most. */
const RECORD_TIMEOUT_MS = 10_000
/** The sequence number that a record begins with. */
const SEQUENCE_BYTES = 8

/**
 * Runs one core, from {@link start} to {@link stop}, once. Steps follow one another, never one inside another, and
 * events that come meanwhile wait. Nothing that a port's callback does reaches the core before the callback is over.
 */
export class Driver {
  readonly #parts: DriverParts
  /** Lane → all that was asked for in it is done then; a lane in which nothing waits is not here. */
  readonly #lanes = new Map<string, Promise<void>>()
  /** What the engines work on, by run name. */
  readonly #runs = new Map<string, AbortController>()
  /** Records that wait to be published, by key; the first one is on its way. */
  readonly #records = new Map<string, Uint8Array>()
  /** Events that wait for the next batch. */
  #queue: Event[] = []
  #stepping = false
  #stopped = true
  #cancelTimer: (() => void) | undefined
  #cancelSweep: (() => void) | undefined
  /** What the timer is set to, monotonic; infinite if it is not. */
  #timerAtMs = Number.POSITIVE_INFINITY
  /** Broadcast frames are encoded once: consecutive sends of one frame object share its bytes. */
  #encoded: { frame: unknown; bytes: Uint8Array } | undefined

  constructor(parts: DriverParts) {
    this.#parts = parts
  }

  /** Starts the ledger, then the network, and begins to step. Rejects if one of them cannot start. */
  async start(): Promise<void> {
    const { network, ledger } = this.#parts
    this.#stopped = false
    network.subscribe(topics.offers)
    network.subscribe(topics.totals)
    await ledger.start({
      changed: () => this.dispatch({ type: 'ledger' }),
      send: (to, message) => this.#sendLedger(to, message),
    })
    await network.start({
      message: (from, _channel, bytes) => this.dispatch({ type: 'message', from, bytes }),
      gossip: (_topic, from, bytes) => this.dispatch({ type: 'gossip', from, bytes }),
      connected: (peer) => {
        this.#parts.onConnected?.(peer)
        this.dispatch({ type: 'connected', peer })
      },
      disconnected: (peer) => this.dispatch({ type: 'disconnected', peer }),
    })
    this.dispatch({ type: 'timer' })
    this.#scheduleSweep()
  }

  /** Stops stepping, ends the runs, and waits until what was written is on disk. Idempotent. */
  async stop(): Promise<void> {
    if (this.#stopped) return
    this.#stopped = true
    this.#cancelTimer?.()
    this.#cancelSweep?.()
    for (const controller of this.#runs.values()) controller.abort()
    await this.#parts.network.stop()
    await this.#parts.ledger.stop()
    await Promise.allSettled(this.#lanes.values())
  }

  /** Queues an event. Safe from any callback: the core steps later, one event at a time. */
  dispatch(event: Event): void {
    this.#queue.push(event)
    if (this.#stepping || this.#stopped) return
    this.#stepping = true
    queueMicrotask(() => this.#drain())
  }

  #drain(): void {
    try {
      while (this.#queue.length > 0 && !this.#stopped) {
        const queue = this.#queue
        this.#queue = []
        for (const event of queue) this.#step(event)
        this.#step({ type: 'idle' })
      }
    } catch (error) {
      this.#parts.onFatal(error)
    } finally {
      this.#stepping = false
    }
    this.#schedule()
  }

  #step(event: Event): void {
    const { core, clock } = this.#parts
    const effects = core.step(event, { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() })
    for (const effect of effects) this.#carryOut(effect)
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'send':
        this.#afterLane(effect.lane, () =>
          this.#parts.network.send(effect.to, effect.channel, this.#encode(effect.frame)),
        )
        break
      case 'gossip':
        this.#afterLane(effect.lane, () =>
          this.#parts.network.publish(topics[effect.topic], this.#encode(effect.frame)),
        )
        break
      case 'write':
        this.#write(effect)
        break
      case 'notice':
        this.#afterLane(effect.lane, () => this.#parts.onNotice(effect.notice))
        break
      case 'load':
        this.#load(effect.key, effect.token)
        break
      case 'serve-entry':
        this.#parts.onServeEntry?.(effect)
        break
      case 'run':
        void this.#run(effect)
        break
      case 'abort':
        this.#runs.get(effect.run)?.abort()
        break
      case 'ledger':
        this.#parts.ledger.offerHeader(effect.header, effect.totals, effect.signatures, effect.jobsAndMeta, effect.end)
        break
      case 'evidence':
        this.#parts.ledger.offerEvidence?.(effect.peer, effect.headers)
        break
      case 'standing':
        this.#parts.network.setStanding(effect.peer, effect.standing)
        break
      case 'offence':
        this.#parts.network.recordOffence(effect.peer, effect.offence)
        break
      case 'ledger-message':
        this.#parts.ledger.receive(effect.from, effect.message)
        break
      case 'record':
        this.#publish(effect)
        break
      case 'look-up':
        void this.#lookUp(effect.key)
        break
      case 'log':
        this.#parts.log[effect.level](effect.fields, effect.message)
        break
      default:
        effect satisfies never
    }
  }

  #encode(frame: Extract<Effect, { type: 'send' }>['frame']): Uint8Array {
    if (this.#encoded?.frame !== frame) this.#encoded = { frame, bytes: encodeFrame(frame) }
    return this.#encoded.bytes
  }

  /** Now, or after the durable writes that the lane waits for. */
  #afterLane(lane: string | undefined, act: () => void): void {
    const pending = lane === undefined ? undefined : this.#lanes.get(lane)
    if (pending === undefined || lane === undefined) {
      act()
      return
    }
    this.#lanes.set(lane, this.#follow(lane, pending.then(act)))
  }

  #write(effect: Extract<Effect, { type: 'write' }>): void {
    const written = this.#parts.store.write(effect.changes, { durable: effect.durable })
    if (!effect.durable) {
      written.catch((error: unknown) => this.#parts.onFatal(error))
      return
    }
    const lane = effect.lane ?? ''
    const before = this.#lanes.get(lane)
    const both = before === undefined ? written : Promise.all([before, written]).then(() => undefined)
    this.#lanes.set(lane, this.#follow(lane, both))
  }

  /**
   * The lane is free again once the last thing in it is done. A failed write ends the peer: nothing after it is carried
   * out.
   */
  #follow(lane: string, work: Promise<void>): Promise<void> {
    const settled: Promise<void> = work.then(
      () => {
        if (this.#lanes.get(lane) === settled) this.#lanes.delete(lane)
      },
      (error: unknown) => {
        this.#stopped = true
        this.#parts.onFatal(error)
        return new Promise<void>(() => undefined)
      },
    )
    return settled
  }

  #load(key: string, token: string): void {
    this.#parts.store.get(key).then(
      (value) => this.dispatch({ type: 'loaded', token, value }),
      (error: unknown) => this.#parts.onFatal(error),
    )
  }

  /** Records go out one at a time; a newer one of the same key replaces one that waits. */
  #publish({ key, sequence, value }: Extract<Effect, { type: 'record' }>): void {
    if (this.#records.size >= RECORDS_MAX && !this.#records.has(key)) return
    const bytes = new Uint8Array(SEQUENCE_BYTES + value.length)
    new DataView(bytes.buffer).setBigUint64(0, BigInt(sequence))
    bytes.set(value, SEQUENCE_BYTES)
    this.#records.set(key, bytes)
    if (this.#records.size === 1) void this.#publishNext()
  }

  /** Publishes until nothing waits. Never rejects: `dhtPut` does not. */
  async #publishNext(): Promise<void> {
    for (const [key, value] of this.#records) {
      await this.#parts.network.dhtPut(key, value, { signal: AbortSignal.timeout(RECORD_TIMEOUT_MS) })
      if (this.#records.get(key) === value) this.#records.delete(key)
      if (this.#stopped) return
    }
    if (this.#records.size > 0) await this.#publishNext()
  }

  /** Tells the core what the DHT has. Never rejects: `dhtGet` does not. The core bounds how much it asks for. */
  async #lookUp(key: string): Promise<void> {
    const record = await this.#parts.network.dhtGet(key, { signal: AbortSignal.timeout(RECORD_TIMEOUT_MS) })
    this.dispatch({ type: 'found', key, value: record?.subarray(SEQUENCE_BYTES) })
  }

  /** Runs a job and tells the core how it ended. Never rejects. */
  async #run(effect: Extract<Effect, { type: 'run' }>): Promise<void> {
    const controller = new AbortController()
    this.#runs.set(effect.run, controller)
    const outcome = await this.#execute(effect, controller.signal).catch(
      (error: unknown): Outcome => ({
        status: 'engine-failed',
        reason: error instanceof Error ? error.message : String(error),
      }),
    )
    this.#runs.delete(effect.run)
    this.dispatch({ type: 'ran', run: effect.run, outcome })
  }

  async #execute({ run, job, fence, spec }: Extract<Effect, { type: 'run' }>, signal: AbortSignal): Promise<Outcome> {
    const executor = this.#parts.executors.get(spec.engine.type)
    if (executor === undefined) return { status: 'engine-failed', reason: `no engine ${spec.engine.type} here` }
    const files: { path: string; bytes: Uint8Array }[] = []
    for (const { path, cid } of spec.inputs) {
      const bytes = await this.#parts.store.get(storeKeys.blob(cid))
      if (bytes === undefined) return { status: 'engine-failed', reason: `the input ${path} is not here` }
      files.push({ path, bytes })
    }
    const { timeMs, memoryBytes } = spec.requirements
    const task: Task = {
      jobId: job,
      fence,
      engine: spec.engine,
      files,
      limits: { timeMs, memoryBytes, outputBytes: limits.outputBytes },
    }
    return executor.run(task, {
      signal,
      onOutput: (stream, chunk) => this.dispatch({ type: 'output', run, stream, chunk }),
    })
  }

  #sendLedger(to: PeerKey | 'all', message: Uint8Array): void {
    const bytes = encodeFrame({ type: 'ledger', message })
    const peers = to === 'all' ? this.#parts.network.connections() : [to]
    for (const peer of peers) this.#parts.network.send(peer, 'control', bytes)
  }

  #schedule(): void {
    if (this.#stopped) return
    const { clock, core } = this.#parts
    const atMs = core.nextWakeMs()
    if (atMs === this.#timerAtMs && this.#cancelTimer !== undefined) return
    this.#cancelTimer?.()
    this.#timerAtMs = atMs
    if (!Number.isFinite(atMs)) return
    const delayMs = Math.max(0, Math.ceil(atMs - clock.monotonicMs()))
    this.#cancelTimer = clock.after(delayMs, () => {
      this.#cancelTimer = undefined
      this.#timerAtMs = Number.POSITIVE_INFINITY
      this.dispatch({ type: 'timer' })
    })
  }

  /** Tells the core now and then what may be forgotten. */
  #scheduleSweep(): void {
    this.#cancelSweep = this.#parts.clock.after(SWEEP_EVERY_MS, () => {
      this.#sweep().then(
        () => this.#stopped || this.#scheduleSweep(),
        (error: unknown) => this.#parts.onFatal(error),
      )
    })
  }

  async #sweep(): Promise<void> {
    const { store, clock } = this.#parts
    const range = {
      gte: storeKeys.expiry(asWall(0), ''),
      lt: storeKeys.expiry(asWall(clock.wallMs()), ''),
      limit: SWEEP_BATCH,
    }
    const due = await store.range(range)
    if (due.length > 0) this.dispatch({ type: 'expired', index: due.map(([index]) => index) })
  }
}
