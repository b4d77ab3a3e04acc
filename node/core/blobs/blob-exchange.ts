/**
 * Content-addressed blobs: which are here and until when, which are wanted from whom, and serving them. A blob is
 * believed by its hash alone. One that is claimed as here is in the store: it is deleted and given up in one step.
 */
import type { JobSpec } from '#protocol/job/spec.ts'
import { limits } from '#protocol/limits.ts'
import { blobCid } from '#protocol/wire/canonical.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import type { Context } from '../context.ts'
import { firstDueMs, Retry, type RetryPolicy } from '../retry.ts'
import { storeKeys } from '../store-keys.ts'
import { asCertified, certifiedToWall, later, latest, type MonotonicMs, type WallMs } from '../time.ts'

/** A blob that is not here yet. */
interface Want {
  /** Who may have it, asked in turn; at most {@link SOURCES_MAX}. */
  readonly sources: PeerKey[]
  readonly retry: Retry
}

const WANT: RetryPolicy = { firstMs: 400, attempts: 60 }
const SOURCES_MAX = 16
/**
 * A blob stays so much longer than was asked for: one that is asked for all the time is not dated anew all the time.
 */
const LONGER_MS = 3_600_000
/** What is wanted beyond this is dropped, and asked for again by who needs it. */
const WANTS_MAX = 4_096
/** Blobs that are being loaded for others; who asks beyond this asks again. */
const SERVING_MAX = 256
/** Of these, for one peer: the inputs of one job. */
const SERVING_ONE_MAX = 64

/** Stored blobs are kept for `limits.resultsKeptMs` after they were last needed; see {@link BlobExchange.keepUntil}. */
export class BlobExchange {
  readonly #context: Context
  /** Id → when it may be forgotten, as the store's index has it. */
  readonly #here: Map<string, WallMs>
  /** By id. */
  readonly #wants = new Map<string, Want>()
  /** Token of a load → who asked for which blob. */
  readonly #serving = new Map<string, { readonly to: PeerKey; readonly cid: string }>()
  /** Who is being served → what. */
  readonly #servingTo = new Map<PeerKey, Set<string>>()
  #serial = 0
  /** Grows whenever a blob arrives: whoever waits for one looks again. */
  version = 0

  /** `here`: what is in the store, and until when. */
  constructor(context: Context, here: ReadonlyMap<string, WallMs>) {
    this.#context = context
    this.#here = new Map(here)
  }

  /** True if the blob is in the store, and will be durable with the next durable write. */
  has(cid: string): boolean {
    return this.#here.has(cid)
  }

  /**
   * Stores a blob; it is durable with the next durable write, and stays for as long as results are kept from now.
   * Returns its CID.
   */
  add(bytes: Uint8Array): string {
    const cid = blobCid(bytes)
    const { wallMs } = this.#context
    if (this.keepUntil(cid, later(wallMs, limits.resultsKeptMs))) return cid
    const forMs = limits.resultsKeptMs + LONGER_MS
    this.#context.keep({ key: storeKeys.blob(cid), value: bytes, forMs }, { durable: false })
    this.#here.set(cid, later(wallMs, forMs))
    this.#wants.delete(cid)
    this.version++
    this.#context.effects.push({ type: 'notice', notice: { type: 'blob', cid } })
    return cid
  }

  /**
   * Keeps a blob that is here until `untilMs` at least; false if it is not here. Durable with the next durable write.
   */
  keepUntil(cid: string, untilMs: WallMs): boolean {
    const keptMs = this.#here.get(cid)
    if (keptMs === undefined) return false
    if (keptMs < untilMs) this.#move(cid, { fromMs: keptMs, toMs: later(untilMs, LONGER_MS) })
    return true
  }

  /**
   * Asks `sources` for a blob, one after another, until it is here. One that is here stays for as long as results are
   * kept from now. Nobody is asked for the id '', which stands for no content.
   */
  need(cid: string, sources: readonly PeerKey[]): void {
    if (cid === '' || this.keepUntil(cid, later(this.#context.wallMs, limits.resultsKeptMs))) return
    const want = this.#wants.get(cid)
    const fresh = sources.filter((peer) => peer !== this.#context.self && want?.sources.includes(peer) !== true)
    if (want !== undefined) {
      want.sources.push(...fresh.slice(0, SOURCES_MAX - want.sources.length))
      return
    }
    if (this.#wants.size >= WANTS_MAX || fresh.length === 0) return
    this.#wants.set(cid, { sources: fresh.slice(0, SOURCES_MAX), retry: new Retry(WANT, this.#context.monotonicMs) })
    this.tick()
  }

  /** Somebody sent a blob: kept if it is wanted. */
  onBlob(bytes: Uint8Array): void {
    if (this.#wants.has(blobCid(bytes))) this.add(bytes)
  }

  /** Somebody wants blobs: those that are here are loaded and sent. */
  onWant(from: PeerKey, cids: readonly string[]): void {
    for (const cid of new Set(cids)) {
      if (!this.#here.has(cid) || this.#serving.size >= SERVING_MAX) continue
      // Who asks again while the answer is being made gets it once.
      const serving = this.#servingTo.get(from)
      if (serving !== undefined && (serving.size >= SERVING_ONE_MAX || serving.has(cid))) continue
      const token = `blob/${this.#serial++}`
      this.#serving.set(token, { to: from, cid })
      this.#servingTo.set(from, (this.#servingTo.get(from) ?? new Set()).add(cid))
      this.#context.effects.push({ type: 'load', key: storeKeys.blob(cid), token })
    }
  }

  /** True if the loaded value was for a blob that is being served. */
  onLoaded(token: string, value: Uint8Array | undefined): boolean {
    const serving = this.#serving.get(token)
    if (serving === undefined) return false
    const { to, cid } = serving
    this.#serving.delete(token)
    const left = this.#servingTo.get(to)
    left?.delete(cid)
    if (left?.size === 0) this.#servingTo.delete(to)
    const { budgets, standings } = this.#context
    if (value !== undefined && budgets.answer(to, value.length, standings.of(to)))
      this.#context.send([to], { type: 'blob', bytes: value }, { channel: 'bulk' })
    return true
  }

  /** When {@link tick} has something to do next. */
  nextWakeMs(): MonotonicMs {
    return firstDueMs(this.#wants.values())
  }

  /** Asks the next source of each blob that is due; gives up one that nobody had. */
  tick(): void {
    const { monotonicMs } = this.#context
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

  /**
   * The time of a blob may be over: it is deleted, and no longer claimed, unless it was prolonged or is needed until
   * `neededUntilMs`.
   */
  expire(cid: string, neededUntilMs: WallMs | undefined): void {
    const keptMs = this.#here.get(cid)
    const { wallMs } = this.#context
    if (keptMs !== undefined && keptMs > wallMs) return
    if (keptMs !== undefined && neededUntilMs !== undefined) {
      this.#move(cid, { fromMs: keptMs, toMs: later(latest(wallMs, neededUntilMs), LONGER_MS) })
      return
    }
    this.#here.delete(cid)
    this.#context.write([{ del: storeKeys.blob(cid) }], { durable: false })
  }

  #move(cid: string, { fromMs, toMs }: { readonly fromMs: WallMs; readonly toMs: WallMs }): void {
    const key = storeKeys.blob(cid)
    const changes = [
      { del: storeKeys.expiry(fromMs, key) },
      { put: storeKeys.expiry(toMs, key), value: new Uint8Array() },
    ]
    this.#context.write(changes, { durable: false })
    this.#here.set(cid, toMs)
  }
}

/** Until when the inputs of an open job are kept: whoever is to run it or to check it can have them. */
export function inputsKeptUntilMs({ deadlineMs }: Pick<JobSpec, 'deadlineMs'>): WallMs {
  return later(certifiedToWall(asCertified(deadlineMs)), limits.resultsKeptMs)
}
