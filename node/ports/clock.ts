/** Time. Wall time may jump and is only ever compared with other peers' clocks; durations come from the monotonic clock. */
export interface Clock {
  /** Milliseconds since 1970, integer. */
  wallMs(): number
  /** Milliseconds since an arbitrary start, integer, never decreasing. */
  monotonicMs(): number
  /** Calls `fire` once after `delayMs`; the returned function cancels it. A pending timer does not keep the process alive. */
  after(delayMs: number, fire: () => void): () => void
}
