/**
 * The clocks that a peer lives by, one type each. At run time a moment is a plain number of milliseconds; to the
 * compiler it is none, so that adding, comparing or handing over moments of two clocks does not compile. Durations are
 * plain numbers: a second is as long on each clock.
 *
 * - **wall**: this machine's calendar. May be wrong and may jump; only for what other peers' clocks are compared with.
 * - **monotonic**: this machine's timer. Never jumps: repetition, rates, and the leases that this peer itself holds.
 * - **active**: monotonic, standing still while this peer stalls. Others' silence is measured by it, and so are the
 *   timers of agreement: what a peer missed while it stalled is not the others' fault.
 * - **certified**: the log's own, moved by its entries to the lower median of the witnesses' wall clocks; never goes
 *   back. All that a state decides by time, it decides by this.
 */

declare const clock: unique symbol

/** A moment of one clock, in milliseconds. Moments of one clock compare with `<`, `<=`, `>` and `>=`. */
export interface Moment<Clock extends string> {
  readonly [clock]: Clock
}

/** Calendar time of this machine, since 1970. It may be wrong, and it may be set back. */
export type WallMs = Moment<'wall'>
/** Time since an unknown moment of this machine; never goes back. The driver's timer runs by it. */
export type MonotonicMs = Moment<'monotonic'>
/** Monotonic time less the time in which this peer itself was too slow to hear others. */
export type ActiveMs = Moment<'active'>
/** Time of an account's log, since 1970: stands still between two entries. */
export type CertifiedMs = Moment<'certified'>

/** Later than every other moment, on whichever clock. */
export const NEVER = Number.POSITIVE_INFINITY as unknown as Moment<never>

// --- the border: here, and nowhere else, numbers become moments and moments numbers

/** A reading of the calendar: what a driver's clock shows, or another peer wrote. */
export const asWall = (ms: number): WallMs => ms as unknown as WallMs
/** A reading of this machine's timer. */
export const asMonotonic = (ms: number): MonotonicMs => ms as unknown as MonotonicMs
/** A time that agreement's machine counts in, or the beginning of active time: 0. */
export const asActive = (ms: number): ActiveMs => ms as unknown as ActiveMs
/** A time in an account's state. */
export const asCertified = (ms: number): CertifiedMs => ms as unknown as CertifiedMs

/** For what knows no clocks: the protocol's pure functions, drivers, records and logs. */
export function asNumber(moment: Moment<string>): number {
  return moment as unknown as number
}

// --- one clock

/** `ms` after `at`; before it if `ms` is negative. */
export function later<At extends Moment<string>>(at: At, ms: number): At {
  return (asNumber(at) + ms) as unknown as At
}

/** The time from one moment to another of the same clock, in milliseconds; negative if `to` came first. */
export function elapsedMs<Clock extends string>(span: { from: Moment<Clock>; to: Moment<NoInfer<Clock>> }): number {
  return asNumber(span.to) - asNumber(span.from)
}

/** The first of these moments, all of one clock. */
export function earliest<Clock extends string>(
  moment: Moment<Clock>,
  ...others: readonly Moment<NoInfer<Clock>>[]
): Moment<Clock> {
  let first = moment
  for (const at of others) if (at < first) first = at
  return first
}

/** The later one of two moments of one clock: neither before `a` nor before `b`. */
export function latest<Clock extends string>(a: Moment<Clock>, b: Moment<NoInfer<Clock>>): Moment<Clock> {
  return a < b ? b : a
}

/** `Clock` if it is one clock, `never` if it is one or another: what a list of mixed moments would be taken for. */
type OneClock<Clock, All = Clock> = Clock extends unknown ? ([All] extends [Clock] ? Clock : never) : never

/** When the first of `waiting`, all by one clock, is due; {@link NEVER} if nothing waits. */
export function earliestOf<Clock extends string>(
  waiting: Iterable<{ readonly atMs: Moment<Clock> & Moment<NoInfer<OneClock<Clock>>> }>,
): Moment<Clock> {
  let first: Moment<Clock> = NEVER
  for (const { atMs } of waiting) if (atMs < first) first = atMs
  return first
}

// --- from one clock to another: each conversion says what it supposes

/** Exact for the present moment. `stalledMs`: how long this peer has stalled so far. */
export function monotonicToActive(at: MonotonicMs, stalledMs: number): ActiveMs {
  return asActive(asNumber(at) - stalledMs)
}

/**
 * The earliest monotonic moment at which it can be `at`: it will be later by as much as this peer stalls until then.
 */
export function activeToMonotonic(at: ActiveMs, stalledMs: number): MonotonicMs {
  return asMonotonic(asNumber(at) + stalledMs)
}

/** When the wall clock will show `at`, if this peer neither stalls nor sets it meanwhile. `now`: both at one moment. */
export function wallToActive(at: WallMs, now: { readonly wallMs: WallMs; readonly activeMs: ActiveMs }): ActiveMs {
  return later(now.activeMs, elapsedMs({ from: now.wallMs, to: at }))
}

/**
 * When the log's time can reach `at`, by this peer's own wall clock: right if its clock is the median of the witnesses'
 * clocks.
 */
export function certifiedToWall(at: CertifiedMs): WallMs {
  return asWall(asNumber(at))
}
