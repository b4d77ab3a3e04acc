/** What this peer offers: a profile when it starts and now and then, a load when its free slots change. */
import { limits } from '#protocol/limits.ts'
import { type Load, type Profile, sealLoad, sealProfile } from '#protocol/membership/offer.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import type { Context } from '../context.ts'
import type { Capacity } from '../effects.ts'
import { asMonotonic, later, type MonotonicMs, NEVER } from '../time.ts'

/** One member's offer: a slow part and a quick one, each signed by itself; complete once both are known. */
export interface Held {
  profile?: { envelope: Envelope; value: Profile }
  load?: { envelope: Envelope; value: Load }
}

/** A load that matters (slots ran out, are free again, or changed by a quarter) is told at most this often. */
const LOAD_EVERY_MS = 200
/** The same of one that does not. */
const LOAD_AT_LEISURE_MS = 1_000
/** The share of the slots whose change matters, inverse. */
const LOAD_SHARE = 4
/** Offers are repeated at this share of their life. */
const REFRESH_SHARE = 0.4

/** One per peer. Nothing is offered before the first capacity is set. */
export class OwnOffer {
  /** What this peer can do; `undefined` until the engines' self-tests are over. */
  capacity: Capacity | undefined
  /** What runs here now. */
  busy = { slots: 0, backlogMs: 0 }
  /** When all of the offer is to be told again, before it expires. */
  refreshMs = asMonotonic(0)
  readonly #context: Context
  readonly #held: Held = {}
  /** The load that was told last, and when. */
  #advertised: { slots: number; atMs: MonotonicMs } = { slots: -1, atMs: asMonotonic(-1e9) }
  /** Of the last part that was signed; grows across restarts, for it is never below the wall clock. */
  #seq = 0

  constructor(context: Context) {
    this.#context = context
  }

  /** When the load is to be told; never if it is known. */
  loadDueMs(): MonotonicMs {
    const free = this.#freeSlots()
    const { slots, atMs } = this.#advertised
    if (this.capacity === undefined || free === slots) return NEVER
    const matters = free === 0 || slots === 0 || Math.abs(free - slots) * LOAD_SHARE >= this.capacity.slots
    return later(atMs, matters ? LOAD_EVERY_MS : LOAD_AT_LEISURE_MS)
  }

  /** Signs the load as it is now, and the profile too if that is asked for or is the first, and tells everybody. */
  advertise(withProfile: boolean): Held | undefined {
    const { capacity } = this
    if (capacity === undefined) return undefined
    const { now, monotonicMs, identity } = this.#context
    this.#seq = Math.max(this.#seq + 1, now.wallMs)
    const expiresMs = now.wallMs + limits.offerTtlMs
    if (withProfile || this.#held.profile === undefined) {
      const value: Profile = { ...capacity, seq: this.#seq, expiresMs }
      this.#held.profile = { value, envelope: sealProfile(value, identity.domain, identity.signer) }
    }
    const load: Load = { seq: this.#seq, expiresMs, freeSlots: this.#freeSlots(), backlogMs: this.busy.backlogMs }
    this.#held.load = { value: load, envelope: sealLoad(load, identity.domain, identity.signer) }
    this.#advertised = { slots: load.freeSlots, atMs: monotonicMs }
    // A load alone does not keep the profile alive.
    if (withProfile) this.refreshMs = later(monotonicMs, limits.offerTtlMs * REFRESH_SHARE)
    const { profile, load: signed } = this.#held
    this.#tell(withProfile ? [profile.envelope, signed.envelope] : [signed.envelope])
    return this.#held
  }

  #tell(envelopes: readonly Envelope[]): void {
    const frame = { type: 'offers' as const, offers: envelopes.map(({ raw }) => raw) }
    this.#context.effects.push({ type: 'gossip', topic: 'offers', frame })
  }

  #freeSlots(): number {
    return Math.max(0, (this.capacity?.slots ?? 0) - this.busy.slots)
  }
}
