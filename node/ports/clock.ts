/**
 * Time. Wall time may jump and is only ever compared with other peers' clocks; durations come from the monotonic clock.
 */
export interface Clock {
  /** Milliseconds since 1970, integer. */
  wallMs(): number
  /** Milliseconds since an arbitrary start, integer, never decreasing. */
  monotonicMs(): number
  /**
   * Calls `fire` once, at least `delayMs` later and never within this call; the returned function cancels it, and does
   * nothing afterwards. A pending timer does not keep the process alive.
   */
  after(delayMs: number, fire: () => void): () => void
}
