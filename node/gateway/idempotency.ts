/**
 * Idempotency-Key: the same key and body give the answer of the first time. Such a request is not tied to its
 * connection, because a client that sends a key means to ask again. Refusals are not remembered: they may be over by
 * the next time.
 */
import { sha256, toHex } from '#protocol/wire/hash.ts'
import { bounds } from './bounds.ts'
import { HttpError } from './problem.ts'

interface Entry<T> {
  readonly fingerprint: string
  readonly answer: Promise<T>
  readonly untilMs: number
}

/** Remembers `bounds.idempotencyKeys` answers for `bounds.idempotencyTtlMs`; `now` is a monotonic clock in ms. */
export class IdempotencyCache<T> {
  readonly #entries = new Map<string, Entry<T>>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /**
   * The answer remembered for `key`, or that of `work`. USAGE (409) if the key came with another body, or is too long.
   */
  async once(key: string, body: Uint8Array, work: () => Promise<T>): Promise<T> {
    if (key.length > bounds.idempotencyKeyLength) throw new HttpError(400, 'USAGE', 'the Idempotency-Key is too long')
    const fingerprint = toHex(sha256(body))
    const known = this.#entries.get(key)
    if (known !== undefined && known.untilMs > this.#now()) {
      if (known.fingerprint !== fingerprint)
        throw new HttpError(409, 'USAGE', 'this Idempotency-Key came with another body before')
      return known.answer
    }
    const answer = work()
    const entry = { fingerprint, answer, untilMs: this.#now() + bounds.idempotencyTtlMs }
    this.#remember(key, entry)
    answer.catch(() => {
      if (this.#entries.get(key) === entry) this.#entries.delete(key)
    })
    return answer
  }

  #remember(key: string, entry: Entry<T>): void {
    this.#entries.delete(key)
    const oldest = this.#entries.size >= bounds.idempotencyKeys ? this.#entries.keys().next().value : undefined
    if (oldest !== undefined) this.#entries.delete(oldest)
    this.#entries.set(key, entry)
  }
}
