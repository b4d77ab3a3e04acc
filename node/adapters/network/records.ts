/**
 * DHT records. Anybody may put anything under any key, so a record is only believed, stored and handed out once it was
 * validated, and its sequence number is one that the validated content names. Kademlia lets an older put overwrite a
 * newer record (js-libp2p#3377), so every peer also remembers the highest validated number per key, on disk.
 */
import type { KadDHT } from '@libp2p/kad-dht'
import type { Log } from '#node/ports/log.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerGuard } from './guard.ts'
import { bounds, type Sequences, type ValidateRecord } from './settings.ts'

const utf8 = { encode: new TextEncoder(), decode: new TextDecoder() }
const keyPrefix = '/weft/'

interface Newest {
  readonly sequence: bigint
  /** Unknown after a restart, until a peer brings it. */
  readonly value: Uint8Array | undefined
  readonly atMs: number
}

/** What the guard is made of. */
export interface RecordGuardParts {
  readonly sequences: Sequences
  readonly validate: ValidateRecord
  readonly guard: PeerGuard
}

/**
 * Refuses records that are malformed, older than one seen before, not valid, or of more keys than this peer stores:
 * in this order, the cheapest first. What is refused leaves no trace.
 */
export class RecordGuard {
  readonly #parts: RecordGuardParts
  /** In the order of the last change; all of it was validated. */
  readonly #newest = new Map<string, Newest>()
  readonly #ours = new Set<string>()

  constructor(parts: RecordGuardParts) {
    this.#parts = parts
  }

  /** Resolves if the record may be taken; its sequence number is on disk by then. Rejects otherwise. */
  async check(key: string, value: Uint8Array): Promise<void> {
    const sequence = sequenceOf(value)
    if (!key.startsWith(keyPrefix) || sequence === undefined || isTooLarge(key, value)) this.#refuse('malformed record')
    const known = this.#newest.get(key) ?? (await this.#kept(key))
    if (known !== undefined && sequence < known.sequence)
      this.#refuse(`stale record: ${sequence} after ${known.sequence}`)
    if (known?.value !== undefined && Buffer.compare(known.value, value) === 0) return
    if (!this.#parts.validate(key.slice(keyPrefix.length), sequence, value.subarray(8))) this.#refuse('invalid record')
    await this.#take(key, { sequence, value: new Uint8Array(value), atMs: performance.now() })
  }

  /** The newest record taken under `key` since the start. */
  newest(key: string): Uint8Array | undefined {
    return this.#newest.get(key)?.value
  }

  /** While `work` lasts, room is made for `key` whatever else is stored: this peer asks for it. */
  async asking<T>(key: string, work: () => Promise<T>): Promise<T> {
    this.#ours.add(key)
    try {
      return await work()
    } finally {
      this.#ours.delete(key)
    }
  }

  async #kept(key: string): Promise<Newest | undefined> {
    const sequence = await this.#parts.sequences.get(key)
    return sequence === undefined ? undefined : { sequence, value: undefined, atMs: performance.now() }
  }

  /** A newer one may have come while this one was checked. */
  async #take(key: string, taken: Newest & { readonly value: Uint8Array }): Promise<void> {
    const known = this.#newest.get(key)
    if (known !== undefined && taken.sequence < known.sequence) this.#refuse('stale record')
    if (known?.value !== undefined && newestOf([known.value, taken.value]) === 0) return
    if (known === undefined) this.#makeRoom(key)
    this.#newest.delete(key)
    this.#newest.set(key, taken)
    if (known === undefined || taken.sequence > known.sequence) await this.#parts.sequences.set(key, taken.sequence)
  }

  // Others' records are not thrown out for new ones, or a flood of keys would empty the DHT.
  #makeRoom(key: string): void {
    if (this.#newest.size < bounds.recordKeys) return
    const [oldest] = this.#newest
    if (oldest === undefined) return
    const expired = performance.now() - oldest[1].atMs > bounds.recordLifeMs
    if (!expired && !this.#ours.has(key)) this.#refuse('too many keys')
    this.#newest.delete(oldest[0])
  }

  #refuse(reason: string): never {
    this.#parts.guard.counters.recordsRefused++
    throw new RangeError(reason)
  }
}

/** Puts and gets records; neither rejects nor outlives its signal. */
export class Records {
  readonly #dht: KadDHT
  readonly #guard: RecordGuard
  readonly #log: Log

  constructor(parts: { dht: KadDHT; guard: RecordGuard; log: Log }) {
    this.#dht = parts.dht
    this.#guard = parts.guard
    this.#log = parts.log
  }

  /** See `Network.dhtPut`. */
  async put(name: string, value: Uint8Array, signal: AbortSignal): Promise<number> {
    const key = keyPrefix + name
    const takers = new Set<string>()
    await this.#bounded(key, signal, async () => {
      await this.#guard.check(key, value)
      for await (const event of this.#dht.put(utf8.encode.encode(key), value, { signal })) {
        if (event.name === 'PEER_RESPONSE' && event.messageName === 'PUT_VALUE' && event.record !== undefined) {
          if (Buffer.compare(event.record.value, value) === 0) takers.add(event.from.toString())
        }
      }
    })
    return takers.size
  }

  /** See `Network.dhtGet`. */
  async get(name: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const key = keyPrefix + name
    await this.#bounded(key, signal, async () => {
      // Every value on the way passes the guard, also when correcting a peer fails in the end (js-libp2p rejects then).
      for await (const _event of this.#dht.get(utf8.encode.encode(key), { signal }));
    })
    const newest = this.#guard.newest(key)
    return newest === undefined ? undefined : new Uint8Array(newest)
  }

  async #bounded(key: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    if (signal.aborted) return
    let stop: () => void = () => undefined
    const aborted = new Promise<void>((resolve) => {
      stop = resolve
      signal.addEventListener('abort', stop, { once: true })
    })
    const done = this.#guard
      .asking(key, work)
      .catch((cause: unknown) => this.#log.debug({ key, err: cause }, 'DHT query failed'))
    await Promise.race([done, aborted])
    signal.removeEventListener('abort', stop)
  }
}

/** Index of the record with the highest sequence number; of equal ones, the largest bytes, so that all peers agree. */
export function newestOf(values: readonly Uint8Array[]): number {
  let best = 0
  for (const [index, value] of values.entries()) {
    // The sequence number is big-endian and comes first: the order of bytes is the order of numbers.
    if (Buffer.compare(value, values[best] ?? value) > 0) best = index
  }
  return best
}

function sequenceOf(value: Uint8Array): bigint | undefined {
  return value.length < 8 ? undefined : new DataView(value.buffer, value.byteOffset, 8).getBigUint64(0)
}

function isTooLarge(key: string, value: Uint8Array): boolean {
  return value.length > limits.dhtRecordBytes || key.length > 256
}
