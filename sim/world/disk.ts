/** A simulated disk behind the Store port: group commit with a delay, and the ways in which disks fail. */
import type { Change, Store } from '#node/ports/store.ts'
import { assert } from '#protocol/errors.ts'
import { parameters } from './parameters.ts'
import type { Chance } from './random.ts'
import type { Timeline } from './timeline.ts'

interface Batch {
  readonly changes: readonly Change[]
  readonly done: (() => void)[]
  readonly failed: ((error: Error) => void)[]
}

/** What may go wrong from now on. */
export interface DiskFaults {
  /** Every sync fails. */
  broken: boolean
  /** Syncs are acknowledged, and lost in a crash. */
  lying: boolean
  /** Times slower than usual. */
  slowness: number
}

export class SimDisk implements Store {
  readonly faults: DiskFaults = { broken: false, lying: false, slowness: 1 }
  /** True once something was lost that had been called durable: whoever trusts such a disk may break its word. */
  lied = false
  readonly #time: Timeline
  readonly #chance: Chance
  /** Tells the process that a sync ended: a paused one hears of it later. */
  readonly #tell: (act: () => void) => void
  /** What the process reads: everything that it wrote. */
  #now = new Map<string, Uint8Array>()
  /** What a crash leaves at least. */
  #disk = new Map<string, Uint8Array>()
  /** Written since the last sync began. */
  #unsynced: Batch[] = []
  /** Being synced now; empty if nothing is. */
  #group: readonly Batch[] = []
  #syncing = false
  #open = false
  #life = 0
  /** A sync failed: nothing that was written after it reaches the disk in this life, or the log would have a hole. */
  #failed = false

  constructor(time: Timeline, chance: Chance, tell: (act: () => void) => void) {
    this.#time = time
    this.#chance = chance
    this.#tell = tell
  }

  /** Records that it holds now. */
  get records(): number {
    return this.#now.size
  }

  /** What a power failure at this moment would leave. */
  durable(key: string): Uint8Array | undefined {
    return this.#disk.get(key)
  }

  async open(): Promise<void> {
    this.#open = true
  }

  async close(): Promise<void> {
    this.#open = false
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    assert(this.#open, 'the store is open')
    return this.#now.get(key)
  }

  async range(range: Parameters<Store['range']>[0]): Promise<readonly (readonly [string, Uint8Array])[]> {
    assert(this.#open, 'the store is open')
    const found: (readonly [string, Uint8Array])[] = []
    for (const entry of this.#now) if (entry[0] >= range.gte && entry[0] < range.lt) found.push(entry)
    found.sort(([a], [b]) => (a < b ? -1 : 1))
    if (range.reverse === true) found.reverse()
    return found.slice(0, range.limit ?? found.length)
  }

  write(changes: readonly Change[], options: { durable: boolean }): Promise<void> {
    assert(this.#open, 'the store is open')
    apply(this.#now, changes)
    const batch: Batch = { changes, done: [], failed: [] }
    this.#unsynced.push(batch)
    if (!options.durable) return Promise.resolve()
    return new Promise((resolve, reject) => {
      batch.done.push(resolve)
      batch.failed.push(reject)
      this.#sync()
    })
  }

  /**
   * The power fails: of what was not durable yet, a random part reached the disk, in order, the last batch perhaps
   * torn.
   */
  crash(): void {
    this.#life++
    this.#open = false
    this.#syncing = false
    const written = [...this.#group, ...this.#unsynced]
    const reached = this.faults.lying || this.#failed ? [] : written.slice(0, this.#chance.int(0, written.length))
    const torn = reached.at(-1)
    for (const batch of reached.slice(0, -1)) apply(this.#disk, batch.changes)
    // A batch is atomic by the port's contract: a torn one is found by its checksum and is not there.
    if (torn !== undefined && this.#chance.ppm(500_000)) apply(this.#disk, torn.changes)
    this.#unsynced = []
    this.#group = []
    this.#failed = false
    this.#now = new Map(this.#disk)
  }

  /** The disk is replaced by an empty one. */
  wipe(): void {
    this.lied = true
    this.#disk.clear()
    this.#now.clear()
  }

  #sync(): void {
    if (this.#syncing) return
    this.#syncing = true
    const [least, most] = parameters.disk.syncUs
    const life = this.#life
    const group = this.#unsynced
    this.#group = group
    this.#unsynced = []
    this.#time.after(this.#chance.int(least, most) * this.faults.slowness, () => {
      if (life === this.#life) this.#synced(group)
    })
  }

  #synced(group: readonly Batch[]): void {
    this.#syncing = false
    this.#group = []
    if (this.faults.broken) {
      this.#failed = true
      this.#tell(() => {
        for (const batch of group) for (const fail of batch.failed) fail(new Error('the disk failed'))
      })
      return
    }
    if (this.faults.lying) this.lied = true
    else for (const batch of group) apply(this.#disk, batch.changes)
    this.#tell(() => {
      for (const batch of group) for (const done of batch.done) done()
    })
    if (this.#unsynced.some((batch) => batch.done.length > 0)) this.#sync()
  }
}

function apply(to: Map<string, Uint8Array>, changes: readonly Change[]): void {
  for (const change of changes) {
    if ('put' in change) to.set(change.put, change.value)
    else to.delete(change.del)
  }
}
