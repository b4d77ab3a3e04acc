/**
 * Content-addressed blobs: which are here and until when, which are wanted from whom, and serving them. A blob is believed by its hash alone. One
 * that is claimed as here is in the store: it is deleted and given up in one step.
 */
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
/** A blob stays for so much longer than was asked for: one that is asked for all the time is not written down all the time. */
const LONGER_MS = 3_600_000
const WANTS_MAX = 4_096
const SERVING_MAX = 256

export class BlobExchange {
  readonly #context: Context
  /** Id → when it may be forgotten, wall clock, as the store's index has it. */
  readonly #here: Map<string, number>
  readonly #wants = new Map<string, Want>()
  readonly #serving = new Map<string, PeerKey>()
  #serial = 0
  /** Grows whenever a blob arrives: whoever waits for one looks again. */
  version = 0

  constructor(context: Context, here: ReadonlyMap<string, number>) {
    this.#context = context
    this.#here = new Map(here)
  }

  has(cid: string): boolean {
    return this.#here.has(cid)
  }

  /** Stores a blob; it is durable with the next durable write. It stays for as long as results are kept from now. Returns its CID. */
  add(bytes: Uint8Array): string {
    const cid = blobCid(bytes)
    const { wallMs } = this.#context.now
    if (this.keepUntil(cid, wallMs + limits.resultsKeptMs)) return cid
    const forMs = limits.resultsKeptMs + LONGER_MS
    this.#context.keep({ key: storeKeys.blob(cid), value: bytes, forMs }, { durable: false })
    this.#here.set(cid, wallMs + forMs)
    this.#wants.delete(cid)
    this.version++
    this.#context.effects.push({ type: 'notice', notice: { type: 'blob', cid } })
    return cid
  }

  /** Keeps a blob that is here until `untilMs` (wall clock) at least; false if it is not here. Durable with the next durable write. */
  keepUntil(cid: string, untilMs: number): boolean {
    const keptMs = this.#here.get(cid)
    if (keptMs === undefined) return false
    if (keptMs < untilMs) this.#move(cid, keptMs, untilMs + LONGER_MS)
    return true
  }

  /** Asks `sources` for a blob, one after another, until it is here. One that is here stays for as long as results are kept from now. */
  need(cid: string, sources: readonly PeerKey[]): void {
    if (cid === '' || this.keepUntil(cid, this.#context.now.wallMs + limits.resultsKeptMs)) return
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

  /** The time of a blob may be over: it is deleted, and no longer claimed, unless it was prolonged or is needed until `neededUntilMs`. */
  expire(cid: string, neededUntilMs: number | undefined): void {
    const keptMs = this.#here.get(cid)
    const { wallMs } = this.#context.now
    if (keptMs !== undefined && keptMs > wallMs) return
    if (keptMs !== undefined && neededUntilMs !== undefined) {
      this.#move(cid, keptMs, Math.max(wallMs, neededUntilMs) + LONGER_MS)
      return
    }
    this.#here.delete(cid)
    this.#context.write([{ del: storeKeys.blob(cid) }], { durable: false })
  }

  #move(cid: string, fromMs: number, toMs: number): void {
    const key = storeKeys.blob(cid)
    const changes = [
      { del: storeKeys.expiry(fromMs, key) },
      { put: storeKeys.expiry(toMs, key), value: new Uint8Array() },
    ]
    this.#context.write(changes, { durable: false })
    this.#here.set(cid, toMs)
  }
}

/** Until when the inputs of an open job are kept, wall clock: whoever is to run it or to check it can have them. */
export function inputsKeptUntilMs({ deadlineMs }: { readonly deadlineMs: number }): number {
  return deadlineMs + limits.resultsKeptMs
}
