/**
 * The store in memory: the same port without a disk, for tests. A fault hook stands for the disk, so a test can make a
 * write fail, or cut the power: {@link MemoryStore.crash} leaves what was durable.
 */
import type { Change, Store } from '#node/ports/store.ts'
import { assert, WeftError } from '#protocol/errors.ts'

/** A {@link Store} in memory. */
export interface MemoryStore extends Store {
  /**
   * Loses everything that was not written durably, and closes: what a power failure does. `open` goes on with the rest.
   */
  crash(): void
}

/**
 * Called before each batch reaches the "disk"; throwing, or rejecting, makes that write fail as a broken disk would.
 */
export type DiskFault = (changes: readonly Change[]) => void | Promise<void>

/**
 * An empty store. A write that `fault` fails rejects with INTERNAL, and so does every later one until the store is
 * opened again.
 */
export function createMemoryStore(options: { fault?: DiskFault } = {}): MemoryStore {
  return new InMemory(options.fault ?? (() => {}))
}

class InMemory implements MemoryStore {
  readonly #fault: DiskFault
  #now = new Map<string, Uint8Array>()
  #disk = new Map<string, Uint8Array>()
  /** Written, not durable yet. */
  #riding: (readonly Change[])[] = []
  #open = false
  #failed: WeftError | undefined
  #tail: Promise<void> = Promise.resolve()
  /** Grows with each crash, so that a sync that was under way then cannot reach the disk later. */
  #life = 0

  constructor(fault: DiskFault) {
    this.#fault = fault
  }

  async open(): Promise<void> {
    this.#open = true
    this.#failed = undefined
  }

  async close(): Promise<void> {
    if (!this.#open) return
    await this.#sync().catch(() => {})
    this.#open = false
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    assert(this.#open, 'the store is open')
    return this.#now.get(key)?.slice()
  }

  async range(range: Parameters<Store['range']>[0]): Promise<readonly (readonly [string, Uint8Array])[]> {
    assert(this.#open, 'the store is open')
    const found = [...this.#now]
      .filter(([key]) => compareUtf8(key, range.gte) >= 0 && compareUtf8(key, range.lt) < 0)
      .sort(([a], [b]) => compareUtf8(a, b) * (range.reverse === true ? -1 : 1))
    return found.slice(0, range.limit ?? found.length).map(([key, value]) => [key, value.slice()] as const)
  }

  async write(changes: readonly Change[], options: { durable: boolean }): Promise<void> {
    assert(this.#open, 'the store is open')
    if (this.#failed !== undefined) throw this.#failed
    const copies = changes.map((change) =>
      'put' in change ? { put: change.put, value: change.value.slice() } : change,
    )
    apply(this.#now, copies)
    this.#riding.push(copies)
    if (options.durable) await this.#sync()
  }

  crash(): void {
    this.#life++
    this.#now = new Map(this.#disk)
    this.#riding = []
    this.#tail = Promise.resolve()
    this.#open = false
  }

  #sync(): Promise<void> {
    const life = this.#life
    const synced = this.#tail.then(() => this.#commit(life))
    this.#tail = synced.catch(() => {})
    return synced
  }

  async #commit(life: number): Promise<void> {
    if (this.#failed !== undefined) throw this.#failed
    const group = this.#riding
    this.#riding = []
    try {
      if (group.length > 0) await this.#fault(group.flat())
    } catch (cause) {
      this.#failed = new WeftError('INTERNAL', 'the store could not write to the disk', { cause })
      throw this.#failed
    }
    if (life !== this.#life) throw new WeftError('INTERNAL', 'the store crashed before the write was durable')
    for (const changes of group) apply(this.#disk, changes)
  }
}

function apply(to: Map<string, Uint8Array>, changes: readonly Change[]): void {
  for (const change of changes) {
    if ('put' in change) to.set(change.put, change.value)
    else to.delete(change.del)
  }
}

function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
