/**
 * The offers that this peer knows: its own, and those of other members. Of each member the newest counts, until it
 * expires.
 */
import { type Input, readInput } from '#protocol/account/inputs.ts'
import { dropOldest } from '#protocol/drop-oldest.ts'
import { limits } from '#protocol/limits.ts'
import type { Offer } from '#protocol/membership/offer.ts'
import { findMember } from '#protocol/membership/registry.ts'
import { lastsMsMax, type PlacementRequest } from '#protocol/placement/eligible.ts'
import { buildOfferTable, type OfferTable } from '#protocol/placement/offer-table.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import type { Context } from '../context.ts'
import type { Capacity } from '../effects.ts'
import { earliest, later, latest, type MonotonicMs } from '../time.ts'
import { type Holding, keepersOf } from './holdings.ts'
import { OfferFinder, type SignedOffer } from './offer-finder.ts'
import { type Held, OwnOffer } from './own-offer.ts'
import { pickOffers } from './pick-offers.ts'

/** Of a full book so much is left free when room is made, inverse: then a hundred newcomers cost one look at all. */
const ROOM_SHARE = 8
/** An offer that was looked up for a job keeps its place for this time. */
const NEEDED_MS = 60_000
/** Offers that are kept so at once, the newest ones: a record of each of a job's classes. */
const NEEDED_MAX = 256

/** Holds the offers of a bounded number of members: of all of them where there is room, else see `holdings.ts`. */
export class OfferBook {
  readonly #context: Context
  readonly #room: number
  readonly #finder: OfferFinder
  /** By member, this peer among them once it offers something. */
  readonly #held = new Map<PeerKey, Held>()
  /** Found for an open job → until when they keep their place: at most {@link NEEDED_MAX}. */
  readonly #needed = new Map<PeerKey, MonotonicMs>()
  readonly #own: OwnOffer
  /** Made when it is asked for; `undefined` once an offer changed. */
  #table: OfferTable | undefined
  /** Grows whenever an offer changes: whoever waits for capacity looks again. */
  version = 0

  /** `room`: members whose offers are held at most, 8 or more. */
  constructor(context: Context, room: number = limits.offersHeld) {
    this.#context = context
    this.#room = room
    this.#finder = new OfferFinder(context, room)
    this.#own = new OwnOffer(context)
  }

  /** Takes over what this peer can do now and tells everybody. */
  setCapacity(capacity: Capacity): void {
    this.#own.capacity = capacity
    this.#advertise(true)
    this.#finder.begin()
  }

  /** What this peer offers; `undefined` until it knows. */
  get capacity(): Capacity | undefined {
    return this.#own.capacity
  }

  /** The number of replicas that run here changed. */
  setBusy(slots: number, backlogMs: number): void {
    this.#own.busy = { slots, backlogMs }
    if (this.#context.monotonicMs >= this.#own.loadDueMs()) this.#advertise(false)
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
   * Signed offers for an entry that may place these jobs, requested over the present {@link table}: the best for each
   * in turns, at most `limits.offersPerContribution` members'. What nobody known fits is looked for, see
   * {@link onFound}.
   */
  contributable(requests: readonly PlacementRequest[]): Envelope[] {
    const options = { room: limits.offersPerContribution, nowMs: this.#context.now.wallMs }
    const { peers, unmet } = pickOffers(this.table(), requests, options)
    for (const { job } of unmet) this.#finder.seek(job)
    return peers.flatMap((peer) => {
      const held = this.#held.get(peer)
      return held?.profile && held.load ? [held.profile.envelope, held.load.envelope] : []
    })
  }

  /** What the DHT has under `key`, which anybody may have written: offers are checked like any others. */
  onFound(key: string, value: Uint8Array | undefined): void {
    for (const raw of this.#finder.read(key, value)) {
      const signer = this.#context.envelope(raw)?.signer
      if (!this.receive([raw]) || signer === undefined) continue
      this.#needed.delete(signer)
      this.#needed.set(signer, later(this.#context.monotonicMs, NEEDED_MS))
      dropOldest(this.#needed, NEEDED_MAX)
    }
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
    const { monotonicMs } = this.#context
    return latest(monotonicMs, earliest(this.#own.loadDueMs(), this.#own.refreshMs, this.#finder.nextMs()))
  }

  /** Tells the offer again before it expires, and its load when that has changed. */
  tick(): void {
    const { monotonicMs } = this.#context
    if (this.#own.capacity === undefined) return
    if (monotonicMs >= this.#own.refreshMs) {
      this.#forgetExpired()
      this.#advertise(true)
    } else if (monotonicMs >= this.#own.loadDueMs()) this.#advertise(false)
    if (monotonicMs >= this.#finder.nextMs()) this.#publish()
  }

  /** Puts this peer's offer, and some of its like, where they are found by class. */
  #publish(): void {
    const { self, now } = this.#context
    const signed: SignedOffer[] = []
    for (const [peer, { profile, load }] of this.#held) {
      if (profile === undefined || load === undefined) continue
      if (Math.min(profile.value.expiresMs, load.value.expiresMs) <= now.wallMs) continue
      const offer: SignedOffer = { profile: profile.value, raws: [profile.envelope.raw, load.envelope.raw] }
      if (peer === self) signed.unshift(offer)
      else signed.push(offer)
    }
    const [own, ...others] = signed
    if (own !== undefined) this.#finder.publish(own, others)
  }

  #advertise(withProfile: boolean): void {
    const held = this.#own.advertise(withProfile)
    if (held !== undefined) this.#hold(this.#context.self, held)
  }

  #take(envelope: Envelope): void {
    const registry = this.#context.ledger.registry()
    if (registry === undefined || findMember(registry, envelope.signer) === undefined) return
    const held = this.#held.get(envelope.signer) ?? {}
    const input = readInput(envelope, this.#context.identity.domain)
    if (input === undefined || livesTooLong(input, this.#context.now.wallMs)) return
    if (input.kind === 'profile' && (held.profile?.value.seq ?? -1) < input.profile.seq)
      held.profile = { envelope, value: input.profile }
    else if (input.kind === 'load' && (held.load?.value.seq ?? -1) < input.load.seq)
      held.load = { envelope, value: input.load }
    else return
    // The loads of those for whom there was no room would throw out others, and be of no use.
    if (held.profile !== undefined || registry.members.length <= this.#room) this.#hold(envelope.signer, held)
  }

  #hold(peer: PeerKey, held: Held): void {
    if (!this.#held.has(peer) && this.#held.size >= this.#room) this.#makeRoom()
    this.#held.set(peer, held)
    this.#changed()
  }

  /** Lets those go that the book can do without: see `holdings.ts`. */
  #makeRoom(): void {
    const { self, now, monotonicMs } = this.#context
    const holdings = [...this.#held].map(
      ([peer, { profile, load }]): Holding => ({ peer, profile: profile?.value, load: load?.value }),
    )
    const keepers = keepersOf(holdings, {
      room: this.#room - Math.ceil(this.#room / ROOM_SHARE),
      self,
      nowMs: now.wallMs,
      needed: (peer) => (this.#needed.get(peer) ?? monotonicMs) > monotonicMs,
    })
    for (const peer of this.#held.keys()) if (!keepers.has(peer)) this.#held.delete(peer)
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

/** No honest clock says so: see `lastsMsMax`, by which `step` leaves such an offer out as well. */
function livesTooLong(input: Input, nowMs: number): boolean {
  if (input.kind === 'profile') return input.profile.expiresMs > lastsMsMax(nowMs)
  return input.kind === 'load' && input.load.expiresMs > lastsMsMax(nowMs)
}
