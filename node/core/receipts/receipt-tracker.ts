/**
 * Receipts: those that come are checked and told to whom they concern here; those of closed jobs are kept, and shown to
 * who asks.
 */
import { checkReceipt, decodeReceipt, encodeReceipt, type Receipt } from '#protocol/account/receipt.ts'
import type { JobRecord } from '#protocol/account/state.ts'
import { dropOldest } from '#protocol/drop-oldest.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import type { BlobExchange } from '../blobs/blob-exchange.ts'
import type { Context } from '../context.ts'
import { costs } from '../door/budgets.ts'
import type { Poster } from '../poster/poster.ts'
import type { Replica } from '../replica/replica.ts'
import { storeKeys } from '../store-keys.ts'

/** Jobs that are remembered, watched, and being loaded, each. */
const FOLLOWED_MAX = 4_096

/** Hears of every job that this peer sees certified, from its own logs or with a proof, and tells its other parts. */
export class ReceiptTracker {
  readonly #context: Context
  readonly #blobs: BlobExchange
  readonly #poster: Poster
  readonly #replica: Replica
  /** Job → height of the newest record seen, and whether our user heard of it; the last seen are kept. */
  readonly #heights = new Map<string, { height: number; told: boolean }>()
  /** Jobs that local users follow. */
  readonly #watched = new Set<string>()
  /** Token of a load → which job's receipt it is, and who asked. */
  readonly #loading = new Map<string, { from: PeerKey; job: string }>()
  #serial = 0

  constructor(parts: { context: Context; blobs: BlobExchange; poster: Poster; replica: Replica }) {
    this.#context = parts.context
    this.#blobs = parts.blobs
    this.#poster = parts.poster
    this.#replica = parts.replica
  }

  /** Our user's own job: it is told of, however many others are watched. */
  watchOwn(job: string): void {
    this.#watched.add(job)
    dropOldest(this.#watched, FOLLOWED_MAX)
  }

  /** Tells of the job's changes from now on, if there is room for one more. */
  watch(job: string): void {
    if (this.#watched.size < FOLLOWED_MAX) this.#watched.add(job)
  }

  /** Tells no more of it. */
  unwatch(job: string): void {
    this.#watched.delete(job)
  }

  /**
   * A receipt from any peer: believed only after the quorum's signatures and the proof were checked, and these only if
   * the job concerns this peer. Nothing is kept of another.
   */
  onReceipt(from: PeerKey, bytes: Uint8Array): void {
    const { domain } = this.#context.identity
    const receipt = decodeReceipt(bytes, domain)
    if (receipt === undefined || !this.#concerns(receipt.job)) return
    this.#context.learn(receipt.job.spec)
    const { account, epoch, height } = receipt.certificate.header
    const seen = this.#heights.get(receipt.job.id)
    if (seen !== undefined && height < seen.height) return
    if (height === seen?.height && (seen.told || !this.#watched.has(receipt.job.id))) return
    const committee = this.#context.committee(account, epoch)
    const costUs = receipt.certificate.signatures.size * costs.signature
    if (committee === undefined || !this.#context.budgets.charge(from, costUs)) return
    if (checkReceipt(receipt, committee, domain) !== undefined) return
    this.#context.budgets.giveBack(from, costUs)
    this.observe(receipt.job, { epoch, height }, () => receipt)
  }

  /** True if a user here follows or posted the job, or this peer runs it or is to. */
  #concerns({ id, seats }: JobRecord): boolean {
    if (this.#watched.has(id) || this.#poster.has(id) || this.#poster.isAsking(id) || this.#replica.knows(id))
      return true
    return seats.some(({ peer }) => peer === this.#context.self)
  }

  /** A certified record of a job. `receipt` costs a proof: it is made only where one is needed. */
  observe(job: JobRecord, at: { epoch: number; height: number }, receipt: () => Receipt | undefined): void {
    this.#heights.delete(job.id)
    this.#heights.set(job.id, { height: at.height, told: this.#watched.has(job.id) })
    dropOldest(this.#heights, FOLLOWED_MAX)
    this.#replica.observe(job, at.epoch)
    const closed = job.phase === 'closed'
    const proven = closed || this.#watched.has(job.id) || this.#poster.has(job.id) ? receipt() : undefined
    this.#poster.observe(job, proven)
    if (proven === undefined) return
    if (this.#watched.has(job.id)) this.tell(proven, job.spec.account)
    if (closed) this.#keep(proven)
  }

  /** Tells our users. */
  tell(receipt: Receipt, lane?: string): void {
    const notice = { type: 'receipt' as const, receipt }
    this.#context.effects.push({ type: 'notice', notice, ...(lane === undefined ? {} : { lane }) })
  }

  /** Looks for the receipt in the store, for `from`. */
  load(from: PeerKey, job: string): void {
    if (this.#loading.size >= FOLLOWED_MAX) return
    const token = `receipt/${this.#serial++}`
    this.#loading.set(token, { from, job })
    this.#context.effects.push({ type: 'load', key: storeKeys.receipt(job), token })
  }

  /** Answers who asked; where our own user did and there is none here, the others are asked. */
  onLoaded(token: string, value: Uint8Array | undefined): void {
    const asked = this.#loading.get(token)
    this.#loading.delete(token)
    if (asked === undefined) return
    if (value === undefined && asked.from === this.#context.self) this.#poster.query(asked.job)
    else if (value === undefined) this.#context.send([asked.from], { type: 'unknown', job: asked.job })
    else this.#context.send([asked.from], { type: 'receipt', receipt: value })
  }

  /** Receipts of closed jobs are kept for a week by everybody who saw them: any of them can show the result. */
  #keep(receipt: Receipt): void {
    const { job } = receipt
    const record = { key: storeKeys.receipt(job.id), value: encodeReceipt(receipt), forMs: limits.resultsKeptMs }
    this.#context.keep(record, { durable: false })
    const sources = [
      ...job.seats.map((seat) => seat.peer),
      ...(this.#context.committee(job.spec.account)?.witnesses ?? []),
    ]
    this.#blobs.need(job.outcome?.output ?? '', sources)
    this.#blobs.need(job.outcome?.logs ?? '', sources)
  }
}
