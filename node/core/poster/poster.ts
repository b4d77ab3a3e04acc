/**
 * The poster: brings its user's signed jobs to the account's witnesses until the log has them, and follows them to
 * their end.
 */
import type { Receipt } from '#protocol/account/receipt.ts'
import type { JobRecord } from '#protocol/account/state.ts'
import { type ErrorCode, errorCodes } from '#protocol/errors.ts'
import { limits } from '#protocol/limits.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import type { PeerKey, WalletKey } from '#protocol/wire/keys.ts'
import type { BlobExchange } from '../blobs/blob-exchange.ts'
import type { Context } from '../context.ts'
import { firstDueMs, Retry, type RetryPolicy } from '../retry.ts'
import { storeKeys } from '../store-keys.ts'
import { asWall, earliest, later, type MonotonicMs } from '../time.ts'

/** A job, or the cancellation of one, that the log is to hear of. */
interface Posted {
  readonly account: WalletKey
  /** What the wallet signed. */
  readonly envelope: Envelope
  /** True once a certified state showed the job; from then on its witnesses are only asked about it. */
  admitted: boolean
  /** The newest proof of where the job stands. */
  receipt?: Receipt | undefined
  /** When it is said again, and once it is admitted, when the witnesses are asked for news. */
  retry: Retry
  /** What each witness that refused it said first: a refusal is final, later ones only repeat it. At most n. */
  readonly rejectedBy: Map<PeerKey, ErrorCode>
}

const SAY_MAX_MS = 5_000
const SAY: RetryPolicy = { firstMs: 400, growth: 2, maxMs: SAY_MAX_MS }
const QUERY: RetryPolicy = { ...SAY, attempts: 8 }
/** The witnesses tell the poster what changes; it asks only in case that was lost. */
const ASK: RetryPolicy = { firstMs: 2_000, growth: 2, maxMs: SAY_MAX_MS }
/** The oldest is no longer followed when there are more: its user can still ask for it. */
const POSTED_MAX = 4_096
const QUERIES_MAX = 1_024

/** Says what wallets signed again and again until the log shows it or refuses it, or its deadline is over. */
export class Poster {
  readonly #context: Context
  readonly #blobs: BlobExchange
  /** Job → its post, oldest first, until the job is closed. */
  readonly #posted = new Map<string, Posted>()
  /** Job → its cancellation, until the job is closed. */
  readonly #cancels = new Map<string, Posted>()
  /** Jobs that the connected peers are asked for, until one of them shows a receipt or all attempts were made. */
  readonly #queries = new Map<string, { readonly retry: Retry }>()
  readonly #connected: () => readonly PeerKey[]

  constructor(parts: { context: Context; blobs: BlobExchange; connected: () => readonly PeerKey[] }) {
    this.#context = parts.context
    this.#blobs = parts.blobs
    this.#connected = parts.connected
  }

  /** The user's signed job: its inputs are kept here until every witness has fetched them. */
  submit(envelope: Envelope, account: WalletKey, blobs: readonly Uint8Array[]): void {
    for (const blob of blobs) this.#blobs.add(blob)
    if (this.#posted.size >= POSTED_MAX) this.#forgetOldest()
    const post = this.#post(envelope, account)
    this.#posted.set(envelope.id, post)
    const record = { key: storeKeys.posted(envelope.id), value: envelope.raw, forMs: limits.resultsKeptMs }
    this.#context.keep(record, { durable: false })
    this.#say(post)
  }

  /** The user's signed wish to end `job`. */
  cancel(envelope: Envelope, account: WalletKey, job: string): void {
    const post = this.#post(envelope, account)
    if (this.#cancels.size < POSTED_MAX) this.#cancels.set(job, post)
    this.#say(post)
  }

  /** Asks the connected peers about a job until one shows a receipt. */
  query(job: string): void {
    if (this.#queries.has(job) || this.#queries.size >= QUERIES_MAX) return
    this.#queries.set(job, { retry: new Retry(QUERY, this.#context.monotonicMs) })
    this.tick()
  }

  /** True if the job was posted here and is not over. */
  has(job: string): boolean {
    return this.#posted.has(job)
  }

  /** True if other peers are being asked about the job. */
  isAsking(job: string): boolean {
    return this.#queries.has(job)
  }

  /** Where a job that was posted here stands; the witnesses tell it unasked. */
  receiptOf(job: string): Receipt | undefined {
    return this.#posted.get(job)?.receipt
  }

  /** A certified record of some job, and the proof of it where one was made. */
  observe(job: JobRecord, receipt: Receipt | undefined): void {
    this.#queries.delete(job.id)
    const post = this.#posted.get(job.id)
    if (post !== undefined) post.receipt = receipt
    if (post !== undefined && !post.admitted) {
      post.admitted = true
      post.retry = new Retry(ASK, this.#context.monotonicMs)
      // What it would ask for has just been told.
      this.#attempted(post.retry)
    }
    if (job.phase !== 'closed') return
    this.#posted.delete(job.id)
    this.#cancels.delete(job.id)
  }

  /**
   * f + 1 witnesses must say so: one alone cannot talk a job out of its poster. Those that heard of it later may name
   * its number as the reason.
   */
  onRejected(from: PeerKey, job: string, code: string): void {
    const post = this.#posted.get(job)
    const committee = post && this.#context.committee(post.account)
    if (post === undefined || post.admitted || committee?.witnesses.includes(from) !== true || !(code in errorCodes))
      return
    if (!post.rejectedBy.has(from)) post.rejectedBy.set(from, code as ErrorCode)
    const codes = [...post.rejectedBy.values()]
    const [first] = codes
    if (first === undefined || codes.length <= committee.f) return
    this.#posted.delete(job)
    const agreed = codes.find((one, i) => codes.indexOf(one) !== i) ?? first
    this.#context.effects.push({ type: 'notice', notice: { type: 'rejected', job, code: agreed } })
  }

  /** When {@link tick} has something to do next. */
  nextWakeMs(): MonotonicMs {
    return earliest(
      firstDueMs(this.#posted.values()),
      firstDueMs(this.#cancels.values()),
      firstDueMs(this.#queries.values()),
    )
  }

  /** Says and asks again what is due. */
  tick(): void {
    const { monotonicMs, wallMs } = this.#context
    for (const [id, post] of this.#posted) {
      if (!post.retry.isDue(monotonicMs)) continue
      const input = this.#context.input(post.envelope)
      if (input?.kind === 'job' && wallMs > later(asWall(input.spec.deadlineMs), limits.clockSkewMs))
        this.#posted.delete(id)
      else if (post.admitted) this.#ask(id, post)
      else this.#say(post)
    }
    for (const post of this.#cancels.values()) if (post.retry.isDue(monotonicMs)) this.#say(post)
    for (const [job, query] of this.#queries) if (query.retry.isDue(monotonicMs)) this.#askAround(job, query.retry)
  }

  #post(envelope: Envelope, account: WalletKey): Posted {
    const retry = new Retry(SAY, this.#context.monotonicMs)
    return { account, envelope, admitted: false, retry, rejectedBy: new Map() }
  }

  #say(post: Posted): void {
    this.#attempted(post.retry)
    const to = this.#context.committee(post.account)?.witnesses ?? []
    this.#context.say(to, [post.envelope.raw])
  }

  /** The job is safe; a receipt may have been lost on the way. */
  #ask(job: string, post: Posted): void {
    this.#attempted(post.retry)
    const to = this.#context.committee(post.account)?.witnesses ?? []
    this.#context.send(to.slice(0, 2), { type: 'query', job })
  }

  #askAround(job: string, retry: Retry): void {
    if (retry.failed) {
      this.#queries.delete(job)
      return
    }
    this.#attempted(retry)
    this.#context.send(this.#connected().slice(0, 16), { type: 'query', job })
  }

  #attempted(retry: Retry): void {
    retry.attempted(this.#context.monotonicMs)
  }

  #forgetOldest(): void {
    const oldest = this.#posted.keys().next().value
    if (oldest !== undefined) this.#posted.delete(oldest)
  }
}
