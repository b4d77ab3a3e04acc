/**
 * The offers that this peer knows: its own, and those of other members. Of each member the newest counts, until it
 * expires.
 */
import { readInput } from '#protocol/account/inputs.ts'
import { limits } from '#protocol/limits.ts'
import { type Load, type Offer, type Profile, sealLoad, sealProfile } from '#protocol/membership/offer.ts'
import { findMember } from '#protocol/membership/registry.ts'
import { buildOfferTable, type OfferTable } from '#protocol/placement/offer-table.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import type { Context } from '../context.ts'
import type { Capacity } from '../effects.ts'
import { asMonotonic, earliest, later, latest, type MonotonicMs, NEVER } from '../time.ts'

/** One member's offer: a slow part and a quick one, each signed by itself; complete once both are known. */
interface Held {
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

/** Holds at most `limits.offersHeld` members' offers. */
export class OfferBook {
  readonly #context: Context
  /** By member, this peer among them once it offers something. */
  readonly #held = new Map<PeerKey, Held>()
  /** `undefined` until the engines' self-tests are over. */
  #capacity: Capacity | undefined
  /** Made when it is asked for; `undefined` once an offer changed. */
  #table: OfferTable | undefined
  /** What runs here now. */
  #busy = { slots: 0, backlogMs: 0 }
  /** The load that was told last, and when. */
  #advertised: { slots: number; atMs: MonotonicMs } = { slots: -1, atMs: asMonotonic(-1e9) }
  /** Of the last part that was signed; grows across restarts, for it is never below the wall clock. */
  #seq = 0
  /** When all of the offer is told again, before it expires. */
  #nextRefreshMs = asMonotonic(0)
  /** Grows whenever an offer changes: whoever waits for capacity looks again. */
  version = 0

  constructor(context: Context) {
    this.#context = context
  }

  /** Takes over what this peer can do now and tells everybody. */
  setCapacity(capacity: Capacity): void {
    this.#capacity = capacity
    this.#advertise(true)
  }

  /** What this peer offers; `undefined` until it knows. */
  get capacity(): Capacity | undefined {
    return this.#capacity
  }

  /** The number of replicas that run here changed. */
  setBusy(slots: number, backlogMs: number): void {
    this.#busy = { slots, backlogMs }
    if (this.#context.monotonicMs >= this.#loadDueMs()) this.#advertise(false)
  }

  /** Signed offers from anybody: kept if they verify, are a member's and are newer. True if something was new. */
  receive(raws: readonly Uint8Array[]): boolean {
    const before = this.version
    for (const raw of raws) {
      if (raw.length > limits.offerBytes) continue
      const envelope = this.#context.envelope(raw)
      if (envelope !== undefined && envelope.signer !== this.#context.self) this.#take(envelope)
    }
    return this.version !== before
  }

  /** The {@link offers} as placement reads them, as of the last change: some may have expired since. */
  table(): OfferTable {
    this.#table ??= buildOfferTable(this.offers())
    return this.#table
  }

  /** All offers that are complete and alive. */
  offers(): Offer[] {
    const now = this.#context.now.wallMs
    const offers: Offer[] = []
    for (const [peer, { profile, load }] of this.#held) {
      if (profile === undefined || load === undefined) continue
      if (profile.value.expiresMs > now && load.value.expiresMs > now)
        offers.push({ peer, profile: profile.value, load: load.value })
    }
    return offers
  }

  /**
   * Signed offers for an entry, at most `limits.offersPerContribution` members': those with a free slot first, of them
   * the cheapest.
   */
  contributable(): Envelope[] {
    const best = this.offers().sort(
      (a, b) =>
        Math.min(1, b.load.freeSlots) - Math.min(1, a.load.freeSlots) ||
        Number(a.profile.pricePerSecond - b.profile.pricePerSecond) ||
        b.load.freeSlots - a.load.freeSlots ||
        (a.peer < b.peer ? -1 : 1),
    )
    return best.slice(0, limits.offersPerContribution).flatMap(({ peer }) => {
      const held = this.#held.get(peer)
      return held?.profile && held.load ? [held.profile.envelope, held.load.envelope] : []
    })
  }

  /** Everything known, at most 256 parts, for a peer that just connected. */
  all(): Uint8Array[] {
    const raws: Uint8Array[] = []
    for (const { profile, load } of this.#held.values()) {
      if (profile) raws.push(profile.envelope.raw)
      if (load) raws.push(load.envelope.raw)
    }
    return raws.slice(0, 256)
  }

  /** When {@link tick} has something to do next. */
  nextWakeMs(): MonotonicMs {
    return latest(this.#context.monotonicMs, earliest(this.#loadDueMs(), this.#nextRefreshMs))
  }

  /** Tells the offer again before it expires, and its load when that has changed. */
  tick(): void {
    const { monotonicMs } = this.#context
    if (this.#capacity === undefined) return
    if (monotonicMs >= this.#nextRefreshMs) {
      this.#forgetExpired()
      this.#advertise(true)
    } else if (monotonicMs >= this.#loadDueMs()) this.#advertise(false)
  }

  /** When the load is to be told; never if it is known. */
  #loadDueMs(): MonotonicMs {
    const free = this.#freeSlots()
    const { slots, atMs } = this.#advertised
    if (this.#capacity === undefined || free === slots) return NEVER
    const matters = free === 0 || slots === 0 || Math.abs(free - slots) * LOAD_SHARE >= this.#capacity.slots
    return later(atMs, matters ? LOAD_EVERY_MS : LOAD_AT_LEISURE_MS)
  }

  #freeSlots(): number {
    return Math.max(0, (this.#capacity?.slots ?? 0) - this.#busy.slots)
  }

  #advertise(withProfile: boolean): void {
    const capacity = this.#capacity
    if (capacity === undefined) return
    const { now, monotonicMs, identity, self } = this.#context
    this.#seq = Math.max(this.#seq + 1, now.wallMs)
    const expiresMs = now.wallMs + limits.offerTtlMs
    const held = this.#held.get(self) ?? {}
    if (withProfile || held.profile === undefined) {
      const value: Profile = { ...capacity, seq: this.#seq, expiresMs }
      held.profile = { value, envelope: sealProfile(value, identity.domain, identity.signer) }
    }
    const load: Load = { seq: this.#seq, expiresMs, freeSlots: this.#freeSlots(), backlogMs: this.#busy.backlogMs }
    held.load = { value: load, envelope: sealLoad(load, identity.domain, identity.signer) }
    this.#held.set(self, held)
    this.#changed()
    this.#advertised = { slots: load.freeSlots, atMs: monotonicMs }
    // A load alone does not keep the profile alive.
    if (withProfile) this.#nextRefreshMs = later(monotonicMs, limits.offerTtlMs * REFRESH_SHARE)
    const envelopes = withProfile ? [held.profile.envelope, held.load.envelope] : [held.load.envelope]
    const frame = { type: 'offers' as const, offers: envelopes.map((envelope) => envelope.raw) }
    this.#context.effects.push({ type: 'gossip', topic: 'offers', frame })
  }

  #take(envelope: Envelope): void {
    const registry = this.#context.ledger.registry()
    if (registry === undefined || findMember(registry, envelope.signer) === undefined) return
    const held = this.#held.get(envelope.signer) ?? {}
    if (!this.#held.has(envelope.signer) && this.#held.size >= limits.offersHeld) return
    const input = readInput(envelope, this.#context.identity.domain)
    if (input?.kind === 'profile' && (held.profile?.value.seq ?? -1) < input.profile.seq)
      held.profile = { envelope, value: input.profile }
    else if (input?.kind === 'load' && (held.load?.value.seq ?? -1) < input.load.seq)
      held.load = { envelope, value: input.load }
    else return
    this.#held.set(envelope.signer, held)
    this.#changed()
  }

  #changed(): void {
    this.#table = undefined
    this.version++
  }

  #forgetExpired(): void {
    const { wallMs } = this.#context.now
    for (const [peer, { profile, load }] of this.#held) {
      if (peer === this.#context.self) continue
      if (Math.max(profile?.value.expiresMs ?? 0, load?.value.expiresMs ?? 0) <= wallMs) this.#held.delete(peer)
    }
    this.#changed()
  }
}
