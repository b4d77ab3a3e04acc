/** Token buckets: the cheapest fair bound on what one peer may make us do. */

/** How fast a bucket fills, and how much it holds. */
export interface Rate {
  readonly perSecond: number
  readonly burst: number
}

/**
 * Holds up to `burst` tokens and gains `perSecond` of them: over any stretch of time it gives at most both together.
 * Time is passed in, in milliseconds, and never goes back.
 */
export class TokenBucket {
  #rate: Rate
  #tokens: number
  #atMs: number
  #overSinceMs: number | undefined

  constructor(rate: Rate, nowMs: number) {
    this.#rate = rate
    this.#tokens = rate.burst
    this.#atMs = nowMs
  }

  /** Takes `count` tokens if there are that many. */
  take(count: number, nowMs: number): boolean {
    this.#refill(nowMs)
    if (this.#tokens < count) {
      this.#overSinceMs ??= nowMs
      return false
    }
    this.#tokens -= count
    return true
  }

  /**
   * Takes `count` tokens in any case; returns for how many milliseconds the taker must pause until the debt is paid.
   */
  charge(count: number, nowMs: number): number {
    this.#refill(nowMs)
    this.#tokens -= count
    if (this.#tokens >= 0) return 0
    this.#overSinceMs ??= nowMs
    return Math.ceil((-this.#tokens / this.#rate.perSecond) * 1_000)
  }

  /** For how long more was asked than there was, in milliseconds; 0 once half of the burst has been there again. */
  overForMs(nowMs: number): number {
    this.#refill(nowMs)
    return this.#overSinceMs === undefined ? 0 : nowMs - this.#overSinceMs
  }

  /** Fills at another rate from now on. What it holds stays, as far as it fits: a change gives nothing. */
  setRate(rate: Rate, nowMs: number): void {
    this.#refill(nowMs)
    this.#rate = rate
    this.#tokens = Math.min(this.#tokens, rate.burst)
  }

  #refill(nowMs: number): void {
    const gained = (Math.max(0, nowMs - this.#atMs) / 1_000) * this.#rate.perSecond
    this.#tokens = Math.min(this.#rate.burst, this.#tokens + gained)
    this.#atMs = nowMs
    if (this.#tokens >= this.#rate.burst / 2) this.#overSinceMs = undefined
  }
}

/** A map that forgets the entry unused for longest when it is full. */
export class BoundedMap<K, V> {
  readonly #entries = new Map<K, V>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  get(key: K): V | undefined {
    const value = this.#entries.get(key)
    if (value === undefined) return undefined
    this.#entries.delete(key)
    this.#entries.set(key, value)
    return value
  }

  set(key: K, value: V): void {
    this.#entries.delete(key)
    const oldest = this.#entries.keys().next()
    if (this.#entries.size >= this.#max && !oldest.done) this.#entries.delete(oldest.value)
    this.#entries.set(key, value)
  }
}
