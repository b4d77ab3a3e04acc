/**
 * A network's events in a running peer: indexed in the peer's own store all the time, and handed to whoever asks, from
 * any slot on. After a start and after every outage the sums of the events are compared with the accounts on chain, and
 * from time to time.
 */
import type { Clock } from '#node/ports/clock.ts'
import type { Log } from '#node/ports/log.ts'
import type { Store } from '#node/ports/store.ts'
import { chainNetwork, isLoopback } from './cluster.ts'
import { EventIndex, nameOf, type Synced } from './event-index.ts'
import { followEvents } from './event-listener.ts'
import type { ChainEvent } from './event-log.ts'

/**
 * What a follower gets: events in order, once `live` after those that were stored. `undone`: the event's slot was
 * rolled back.
 */
export type FeedItem = FeedChange | { readonly type: 'live'; readonly agrees: boolean }

interface FeedChange {
  readonly type: 'event'
  readonly event: ChainEvent
  readonly undone: boolean
}

export interface EventFeedParts {
  readonly rpcUrl: string
  readonly networkId: string
  /** Open, and stays the caller's. */
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
}

/** How often is looked without being told by the WebSocket. A public cluster counts every question. */
const POLL_LOCAL_MS = 5_000
const POLL_MS = 60_000
/** The sums need a reading of all accounts. */
const RECONCILE_LOCAL_MS = 60_000
const RECONCILE_MS = 1_800_000
/** A follower waits so long for the newest events; then it gets what is stored. */
const FRESH_MS = 5_000
/** Changes that wait for one slow follower; beyond, its stream ends and it asks again. */
const QUEUED_MAX = 10_000

export class EventFeed {
  readonly #parts: EventFeedParts
  readonly #listeners = new Set<(changes: readonly FeedChange[]) => void>()
  #index: EventIndex | undefined
  #stopping = new AbortController()
  #loop: Promise<void> | undefined
  #reading: Promise<unknown> = Promise.resolve()
  #reconcileAtMs = 0
  #agrees = false

  constructor(parts: EventFeedParts) {
    this.#parts = parts
  }

  get networkId(): string {
    return this.#parts.networkId
  }

  /** Begins to index. Idempotent. */
  async start(): Promise<void> {
    if (this.#loop !== undefined) return
    const { rpcUrl, networkId, store } = this.#parts
    this.#stopping = new AbortController()
    // Of its own: its questions end with it.
    const chain = chainNetwork(rpcUrl, networkId, { signal: this.#stopping.signal })
    this.#index = await EventIndex.open(chain, store)
    const pollMs = isLoopback(rpcUrl) ? POLL_LOCAL_MS : POLL_MS
    const options = { signal: this.#stopping.signal, log: this.#parts.log, onSynced: () => undefined, pollMs }
    this.#loop = followEvents(chain, { sync: () => this.#read() }, options)
  }

  /** Ends every follower's stream and waits for what is being written. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#loop
    await this.#reading.catch(() => undefined)
    this.#loop = undefined
  }

  /**
   * Stored events from chain slot `since` on, then `live`, then, with `follow`, changes as they come until `signal` or
   * the feed's end.
   */
  async *follow({
    since,
    follow,
    signal,
  }: {
    readonly since: number
    readonly follow: boolean
    readonly signal: AbortSignal
  }): AsyncGenerator<FeedItem> {
    const index = this.#index
    if (index === undefined) return
    const over = AbortSignal.any([signal, this.#stopping.signal])
    await this.#fresh(over)
    const inbox = new Inbox(over)
    const listener = (changes: readonly FeedChange[]) => inbox.push(changes)
    this.#listeners.add(listener)
    try {
      const told = new Set<string>()
      for await (const event of index.read(since)) {
        if (over.aborted) return
        told.add(nameOf(event))
        yield { type: 'event', event, undone: false }
      }
      // What was written while we read is told of when its reading ends: part of it we have seen.
      await this.#reading.catch(() => undefined)
      for (const item of inbox.take()) {
        const name = nameOf(item.event)
        if (item.event.slot < since || told.has(name) !== item.undone) continue
        if (item.undone) told.delete(name)
        else told.add(name)
        yield item
      }
      yield { type: 'live', agrees: this.#agrees }
      if (!follow) return
      for await (const item of inbox.items()) if (item.event.slot >= since) yield item
    } finally {
      this.#listeners.delete(listener)
    }
  }

  /** The newest events are stored when it resolves, unless the chain takes too long or is away. Never rejects. */
  async #fresh(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      const cancel = this.#parts.clock.after(FRESH_MS, resolve)
      const done = (): void => {
        cancel()
        resolve()
      }
      signal.addEventListener('abort', done, { once: true })
      this.#read().then(done, done)
    })
  }

  /** One reading at a time, or two would tell the same change. */
  #read(): Promise<Synced> {
    const next = this.#reading.then(
      () => this.#readNow(),
      () => this.#readNow(),
    )
    this.#reading = next
    return next
  }

  async #readNow(): Promise<Synced> {
    const index = this.#index
    if (index === undefined || this.#stopping.signal.aborted) return NOTHING
    const { clock, log, rpcUrl } = this.#parts
    if (clock.monotonicMs() < this.#reconcileAtMs) {
      const synced = await index.sync().catch((error: unknown) => {
        this.#reconcileAtMs = 0
        throw error
      })
      this.#tell(synced)
      return synced
    }
    const agreed = this.#agrees
    this.#agrees = await index.bringUpToDate((synced) => this.#tell(synced))
    this.#reconcileAtMs = clock.monotonicMs() + (isLoopback(rpcUrl) ? RECONCILE_LOCAL_MS : RECONCILE_MS)
    if (agreed && !this.#agrees)
      log.warn({}, 'the events do not add up to what is on chain: the node does not have all')
    return NOTHING
  }

  #tell({ added, undone }: Synced): void {
    const items = [
      ...undone.map((event) => ({ type: 'event', event, undone: true }) as const),
      ...added.map((event) => ({ type: 'event', event, undone: false }) as const),
    ]
    if (items.length > 0) for (const listener of [...this.#listeners]) listener(items)
  }
}

const NOTHING: Synced = { added: [], undone: [] }

/** What one follower has not taken yet; ends with its signal, or when it holds too much. */
class Inbox {
  readonly #signal: AbortSignal
  #waiting: FeedChange[] = []
  #full = false
  #wake = (): void => undefined

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', () => this.#wake(), { once: true })
  }

  push(items: readonly FeedChange[]): void {
    if (this.#waiting.length + items.length > QUEUED_MAX) this.#full = true
    else this.#waiting.push(...items)
    this.#wake()
  }

  take(): FeedChange[] {
    const some = this.#waiting
    this.#waiting = []
    return some
  }

  async *items(): AsyncGenerator<FeedChange> {
    while (!this.#signal.aborted) {
      yield* this.take()
      if (this.#full) return
      if (this.#waiting.length > 0 || this.#signal.aborted) continue
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}
