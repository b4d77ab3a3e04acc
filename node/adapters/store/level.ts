/**
 * The peer's store on LevelDB, with group commit.
 *
 * A sync costs milliseconds, a write in memory costs microseconds, so writes queue up while a sync is under way and the
 * next one takes them all: one LevelDB batch, one sync, in the order of the calls. Every batch is synced, also one that
 * only holds non-durable writes: LevelDB may start a new log file between an unsynced and a synced batch, and then the
 * older of the two is the one that a power failure takes. Non-durable writes therefore wait in memory, at most
 * LAZY_FLUSH_MS and {@link PENDING_BYTES}, and ride along with the next durable one.
 */
import { mkdir } from 'node:fs/promises'
import { Level } from 'level'
import type { Clock } from '#node/ports/clock.ts'
import type { Log } from '#node/ports/log.ts'
import type { Change, Store } from '#node/ports/store.ts'
import { assert, WeftError } from '#protocol/errors.ts'

/** Non-durable writes reach the disk after this time at the latest. */
const LAZY_FLUSH_MS = 100
/** Bytes of non-durable writes that wait in memory; beyond, a write waits for the disk. A few of the largest inputs. */
export const PENDING_BYTES = 16 * 1_024 * 1_024

/** What the store did since it was made. */
export interface StoreStats {
  /** Calls of `write`. */
  readonly batches: number
  /** Batches brought to the disk, one sync each. */
  readonly syncs: number
  /** Calls of `write` with `durable`. */
  readonly durableWrites: number
}

/**
 * A {@link Store} on the disk. `getSync` answers from memory or LevelDB without a turn of the event loop (30 times
 * faster than `get`).
 */
export interface LevelStore extends Store {
  getSync(key: string): Uint8Array | undefined
  stats(): StoreStats
}

/**
 * A store in `folder`, which is created (0700) on `open`. `open` rejects with STORE_LOCKED if another process has it
 * open and with STORE_CORRUPT if LevelDB cannot read it. After a write has failed every later one fails too (INTERNAL):
 * what a failed sync left on the disk is unknown, so only a restart, which reads it again, may go on.
 */
export function createLevelStore(components: { folder: string; clock: Clock; log: Log }): LevelStore {
  return new GroupCommitStore(components)
}

interface Pending {
  readonly changes: readonly Change[]
  readonly done: (error: WeftError | undefined) => void
}

class GroupCommitStore implements LevelStore {
  readonly #folder: string
  readonly #clock: Clock
  readonly #log: Log
  #level: Level<string, Uint8Array> | undefined
  #pending: Pending[] = []
  #pendingBytes = 0
  /** Newest value of every key that is not in LevelDB yet; `undefined` is a deletion. */
  readonly #unwritten = new Map<string, { readonly value: Uint8Array | undefined }>()
  #urgent = false
  #pumping: Promise<void> | undefined
  #cancelLazy: (() => void) | undefined
  #failed: WeftError | undefined
  #batches = 0
  #syncs = 0
  #durableWrites = 0

  constructor(components: { folder: string; clock: Clock; log: Log }) {
    this.#folder = components.folder
    this.#clock = components.clock
    this.#log = components.log
  }

  async open(): Promise<void> {
    if (this.#level !== undefined) return
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const level = new Level<string, Uint8Array>(this.#folder, { keyEncoding: 'utf8', valueEncoding: 'view' })
    try {
      await level.open()
    } catch (cause) {
      throw openError(this.#folder, cause)
    }
    this.#failed = undefined
    this.#level = level
  }

  async close(): Promise<void> {
    const level = this.#level
    if (level === undefined) return
    await this.#flush()
    this.#level = undefined
    await level.close()
  }

  getSync(key: string): Uint8Array | undefined {
    const unwritten = this.#unwritten.get(key)
    if (unwritten !== undefined) return unwritten.value?.slice()
    try {
      return this.#opened().getSync(key)
    } catch (cause) {
      throw readError(cause)
    }
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.getSync(key)
  }

  async range(range: Parameters<Store['range']>[0]): Promise<readonly (readonly [string, Uint8Array])[]> {
    await this.#flush()
    const { gte, lt, limit = -1, reverse = false } = range
    try {
      return await this.#opened().iterator({ gte, lt, limit, reverse }).all()
    } catch (cause) {
      throw readError(cause)
    }
  }

  async write(changes: readonly Change[], options: { durable: boolean }): Promise<void> {
    this.#opened()
    if (this.#failed !== undefined) throw this.#failed
    this.#batches++
    if (options.durable) this.#durableWrites++
    const waits = options.durable || this.#pendingBytes > PENDING_BYTES
    const written = this.#enqueue(changes)
    if (waits) this.#urgent = true
    this.#schedule()
    if (!waits) return
    const error = await written
    if (error !== undefined) throw error
  }

  stats(): StoreStats {
    return { batches: this.#batches, syncs: this.#syncs, durableWrites: this.#durableWrites }
  }

  /** Takes copies: the caller may reuse its buffers as soon as `write` has returned. */
  #enqueue(changes: readonly Change[]): Promise<WeftError | undefined> {
    const copies = changes.map((change) =>
      'put' in change ? { put: change.put, value: change.value.slice() } : change,
    )
    for (const change of copies) {
      if ('put' in change) this.#unwritten.set(change.put, { value: change.value })
      else this.#unwritten.set(change.del, { value: undefined })
      this.#pendingBytes += bytesOf(change)
    }
    return new Promise((done) => this.#pending.push({ changes: copies, done }))
  }

  #schedule(): void {
    if (this.#pumping !== undefined) return
    if (this.#urgent) {
      this.#cancelLazy?.()
      this.#cancelLazy = undefined
      this.#pumping = this.#pump()
    } else {
      this.#cancelLazy ??= this.#clock.after(LAZY_FLUSH_MS, () => {
        this.#urgent = true
        this.#schedule()
      })
    }
  }

  /** Writes batch after batch while durable writes are waiting. Never rejects. */
  async #pump(): Promise<void> {
    while (this.#urgent && this.#pending.length > 0) {
      this.#urgent = false
      const group = this.#pending
      this.#pending = []
      this.#pendingBytes = 0
      const error = await this.#commit(group)
      for (const { done } of group) done(error)
    }
    this.#urgent = false
    this.#pumping = undefined
    if (this.#pending.length > 0) this.#schedule()
  }

  /** One LevelDB batch, one sync. Resolves to what went wrong. */
  async #commit(group: readonly Pending[]): Promise<WeftError | undefined> {
    if (this.#failed !== undefined) return this.#failed
    const newest = new Map(group.flatMap(({ changes }) => changes.map((change) => [keyOf(change), change] as const)))
    const operations = [...newest.values()].map((change) =>
      'put' in change
        ? { type: 'put' as const, key: change.put, value: change.value }
        : { type: 'del' as const, key: change.del },
    )
    try {
      await this.#opened().batch(operations, { sync: true })
    } catch (cause) {
      this.#failed = new WeftError('INTERNAL', `the store could not write to the disk: ${reasonOf(cause)}`, { cause })
      this.#log.error({ error: this.#failed, operations: operations.length }, 'store write failed; the store stops')
      return this.#failed
    }
    this.#syncs++
    for (const change of newest.values()) {
      const value = 'put' in change ? change.value : undefined
      const unwritten = this.#unwritten.get(keyOf(change))
      if (unwritten !== undefined && unwritten.value === value) this.#unwritten.delete(keyOf(change))
    }
    return undefined
  }

  async #flush(): Promise<void> {
    while (this.#pending.length > 0 || this.#pumping !== undefined) {
      this.#urgent = true
      this.#schedule()
      await this.#pumping
    }
  }

  #opened(): Level<string, Uint8Array> {
    assert(this.#level !== undefined, 'the store is open')
    return this.#level
  }
}

function keyOf(change: Change): string {
  return 'put' in change ? change.put : change.del
}

function bytesOf(change: Change): number {
  return 'put' in change ? change.put.length + change.value.length : change.del.length
}

function openError(folder: string, error: unknown): WeftError {
  if (codesOf(error).includes('LEVEL_LOCKED')) {
    return new WeftError('STORE_LOCKED', `another process has the store ${folder} open`, { cause: error })
  }
  return new WeftError('STORE_CORRUPT', `the store ${folder} cannot be opened: ${reasonOf(error)}`, { cause: error })
}

function readError(error: unknown): WeftError {
  return new WeftError('STORE_CORRUPT', `the store cannot be read: ${reasonOf(error)}`, { cause: error })
}

/** Codes of an error and its causes; level puts the telling one into the cause. */
function codesOf(error: unknown): unknown[] {
  if (!(error instanceof Error)) return []
  return ['code' in error ? error.code : undefined, ...codesOf(error.cause)]
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? reasonOf(error.cause) : error.message
}
