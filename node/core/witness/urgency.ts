/**
 * Whether an account's log wants an entry although no input waits: for its own time, the end of its epoch, or capacity.
 */
import type { Rules } from '#protocol/account/draft.ts'
import { nextDueMs } from '#protocol/account/due.ts'
import { isDeferredByAll, lacking, placementRequest } from '#protocol/account/place.ts'
import { type AccountState, type JobRecord, openJobs } from '#protocol/account/state.ts'
import { limits } from '#protocol/limits.ts'
import { place } from '#protocol/placement/place.ts'
import type { Context } from '../context.ts'
import type { OfferBook } from '../offers/offer-book.ts'
import {
  type ActiveMs,
  asActive,
  asCertified,
  asNumber,
  type CertifiedMs,
  certifiedToWall,
  earliest,
  later,
  latest,
  NEVER,
  wallToActive,
} from '../time.ts'

/** A log with a job that lacks replicas is looked at this often, whether offers changed or not. */
const CAPACITY_EVERY_MS = 1_000

/** One per log. It is told of each new state, and of the log's rules whenever it is asked. */
export class Urgency {
  readonly #context: Context
  readonly #offers: OfferBook
  #state: AccountState
  /** When the state may change by itself, by the log's time. Changes with the state. */
  #dueMs: CertifiedMs = NEVER
  /** True if a job of the state has too few replicas. Changes with the state. */
  #lacking = false
  /** Nothing is urgent before this. */
  #quietUntilMs: ActiveMs = asActive(0)
  /** Whether a job that lacks replicas could be placed at this height with this version of the offers. */
  #placeable = { version: -1, height: -1, answer: false }

  constructor(parts: { context: Context; offers: OfferBook; state: AccountState }) {
    this.#context = parts.context
    this.#offers = parts.offers
    this.#state = parts.state
    this.follow(parts.state)
  }

  /** `state` is the log's newest one. */
  follow(state: AccountState): void {
    const dueMs = nextDueMs(state)
    this.#state = state
    this.#dueMs = dueMs === undefined ? NEVER : asCertified(dueMs)
    this.#lacking = openJobs(state).some(lacksReplicas)
  }

  /** Nothing is urgent for `ms` from now: the last entry changed no job, and the next one would not either. */
  beQuiet(ms: number): void {
    this.#quietUntilMs = later(this.#context.activeMs, ms)
  }

  /**
   * True if an entry may change something now. Cheap: placement is tried once per change of the offers or the state.
   */
  isNow(rules: Rules): boolean {
    const { activeMs, wallMs } = this.#context
    if (activeMs < this.#quietUntilMs) return false
    return this.#isOver(rules) || certifiedToWall(this.#dueMs) <= wallMs || this.#couldPlace(rules)
  }

  /** When {@link isNow} may become true without a change of the state; never if only another state can. */
  nextMs(rules: Rules): ActiveMs {
    const { activeMs, wallMs } = this.#context
    const byTimeMs = later(wallToActive(certifiedToWall(this.#dueMs), { wallMs, activeMs }), 1)
    const byEpochMs = this.#isOver(rules) ? activeMs : NEVER
    const byCapacityMs = this.#lacking ? later(activeMs, CAPACITY_EVERY_MS) : NEVER
    return latest(earliest(byTimeMs, byEpochMs, byCapacityMs), this.#quietUntilMs)
  }

  /** The ledger moved on: the log waits to be sealed, once enough witnesses have seen it. */
  #isOver({ committee }: Rules): boolean {
    return (this.#context.ledger.registry()?.epoch ?? 0) > committee.epoch
  }

  /** True if a job that lacks replicas could get them with the offers known now. */
  #couldPlace(rules: Rules): boolean {
    if (!this.#lacking) return false
    const { version } = this.#offers
    const { height } = this.#state
    if (this.#placeable.version === version && this.#placeable.height === height) return this.#placeable.answer
    const timeMs = asNumber(this.#context.wallMs)
    const context = { state: this.#state, rules, offers: this.#offers.table(), timeMs }
    const waiting = openJobs(this.#state).filter(
      (job) => lacksReplicas(job) && job.attempts < limits.attemptsPerJob && !isDeferredByAll(job, timeMs),
    )
    const answer = waiting.some((job) => place(placementRequest(job, context)).status === 'placed')
    this.#placeable = { version, height, answer }
    return answer
  }
}

/** True if an entry could give tickets of the job to more peers. */
export function lacksReplicas(job: JobRecord): boolean {
  return job.phase !== 'revealing' && lacking(job) > 0
}
