/** Content-addressed blobs: which are here, which are wanted from whom, and serving them. A blob is believed by its hash alone. */
import { limits } from '#protocol/limits.ts'
import { blobCid } from '#protocol/wire/canonical.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import type { Context } from '../context.ts'
import { firstDueMs, Retry, type RetryPolicy } from '../retry.ts'
import { storeKeys } from '../store-keys.ts'

interface Want {
  readonly sources: PeerKey[]
  readonly retry: Retry
}

const WANT: RetryPolicy = { firstMs: 400, attempts: 60 }
const WANTS_MAX = 4_096
const SERVING_MAX = 256

export class BlobExchange {
  readonly #context: Context
  readonly #here: Set<string>
  readonly #wants = new Map<string, Want>()
  readonly #serving = new Map<string, PeerKey>()
  #serial = 0
  /** Grows whenever a blob arrives: whoever waits for one looks again. */
  version = 0

  constructor(context: Context, here: Iterable<string>) {
    this.#context = context
    this.#here = new Set(here)
  }

  has(cid: string): boolean {
    return this.#here.has(cid)
  }

  /** Stores a blob; it is durable with the next durable write. Returns its CID. */
  add(bytes: Uint8Array): string {
    const cid = blobCid(bytes)
    if (this.#here.has(cid)) return cid
    const record = { key: storeKeys.blob(cid), value: bytes, forMs: limits.resultsKeptMs }
    this.#context.keep(record, { durable: false })
    this.#here.add(cid)
    this.#wants.delete(cid)
    this.version++
    this.#context.effects.push({ type: 'notice', notice: { type: 'blob', cid } })
    return cid
  }

  /** Asks `sources` for a blob, one after another, until it is here. */
  need(cid: string, sources: readonly PeerKey[]): void {
    if (this.#here.has(cid) || cid === '') return
    const want = this.#wants.get(cid)
    const fresh = sources.filter((peer) => peer !== this.#context.self && want?.sources.includes(peer) !== true)
    if (want !== undefined) {
      want.sources.push(...fresh.slice(0, 16 - want.sources.length))
      return
    }
    if (this.#wants.size >= WANTS_MAX || fresh.length === 0) return
    this.#wants.set(cid, { sources: fresh.slice(0, 16), retry: new Retry(WANT, this.#context.now.monotonicMs) })
    this.tick()
  }

  onBlob(bytes: Uint8Array): void {
    if (this.#wants.has(blobCid(bytes))) this.add(bytes)
  }

  /** Somebody wants blobs: those that are here are loaded and sent. */
  onWant(from: PeerKey, cids: readonly string[]): void {
    for (const cid of cids) {
      if (!this.#here.has(cid) || this.#serving.size >= SERVING_MAX) continue
      const token = `blob/${this.#serial++}`
      this.#serving.set(token, from)
      this.#context.effects.push({ type: 'load', key: storeKeys.blob(cid), token })
    }
  }

  /** True if the loaded value was for a blob that is being served. */
  onLoaded(token: string, value: Uint8Array | undefined): boolean {
    const to = this.#serving.get(token)
    if (to === undefined) return false
    this.#serving.delete(token)
    if (value !== undefined) this.#context.send([to], { type: 'blob', bytes: value }, { channel: 'bulk' })
    return true
  }

  nextWakeMs(): number {
    return firstDueMs(this.#wants.values())
  }

  tick(): void {
    const { monotonicMs } = this.#context.now
    const asks = new Map<PeerKey, string[]>()
    for (const [cid, { sources, retry }] of this.#wants) {
      if (!retry.isDue(monotonicMs)) continue
      const source = sources[retry.attempts % sources.length]
      if (source === undefined || retry.failed) {
        this.#wants.delete(cid)
        continue
      }
      retry.attempted(monotonicMs)
      asks.set(source, [...(asks.get(source) ?? []), cid])
    }
    for (const [source, cids] of asks) {
      for (let i = 0; i < cids.length; i += limits.jobInputFiles) {
        this.#context.send([source], { type: 'want', cids: cids.slice(i, i + limits.jobInputFiles) })
      }
    }
  }

  forget(cid: string): void {
    this.#here.delete(cid)
  }
}
