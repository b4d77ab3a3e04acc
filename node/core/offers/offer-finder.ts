/**
 * The way to an offer that gossip did not bring: where there are more members than a peer holds offers of, members
 * publish offers of their resource classes in the DHT, and a witness with a job that nobody known fits looks them up.
 */

import { dropOldest } from '#protocol/drop-oldest.ts'
import type { JobSpec } from '#protocol/job/spec.ts'
import { limits } from '#protocol/limits.ts'
import type { Profile } from '#protocol/membership/offer.ts'
import { classesFor, resourceClasses } from '#protocol/membership/resource-class.ts'
import { decodeFrame, encodeFrame } from '#protocol/messages/frame.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { Context } from '../context.ts'
import { asMonotonic, earliest, later, type MonotonicMs, NEVER } from '../time.ts'

/** A class is asked for at most once in this time, and published about once: half the life of an offer. */
const EVERY_MS = 60_000
/** The first record of a new offer follows it after this time: a class of one member is findable soon. */
const FIRST_MS = 1_000
/** Classes asked for in that time, for one account's jobs and for all: a look-up costs the network 0.3 s of CPU. */
const ASKED_PER_ACCOUNT = 24
const ASKED_MAX = 96
/** Records that one peer publishes at a time: of its rarest classes. */
const PUBLISHED_MAX = 8
/** Bytes of a record: its sequence number comes first. */
const RECORD_BYTES = limits.dhtRecordBytes - 8
const KEY = 'offers/'

/** A complete offer as it is told. */
export interface SignedOffer {
  readonly profile: Profile
  /** The signed profile and the signed load. */
  readonly raws: readonly [Uint8Array, Uint8Array]
}

/** One per peer. It does nothing in a network whose offers one peer can hold. */
export class OfferFinder {
  readonly #context: Context
  /** Members' offers that a peer holds. */
  readonly #held: number
  /** Class → when it may be asked for again: at most {@link ASKED_MAX}. */
  readonly #asked = new Map<string, MonotonicMs>()
  /** Classes asked for by account since {@link #windowMs}. */
  #askedBy = new Map<WalletKey, number>()
  #windowMs = asMonotonic(0)
  #publishMs: MonotonicMs = NEVER

  constructor(context: Context, held: number) {
    this.#context = context
    this.#held = held
  }

  /** This peer offers something from now on, or something else. */
  begin(): void {
    this.#publishMs = earliest(this.#publishMs, later(this.#context.monotonicMs, FIRST_MS))
  }

  /** When {@link publish} is due. */
  nextMs(): MonotonicMs {
    return this.#publishMs
  }

  /**
   * Nobody known fits this job: looks its classes up, each at most once a minute, within a budget for its account and
   * one for all. `found` events follow.
   */
  seek({ account, engine, requirements }: Pick<JobSpec, 'account' | 'engine' | 'requirements'>): void {
    if (!this.#isLarge()) return
    const { monotonicMs, effects } = this.#context
    if (later(this.#windowMs, EVERY_MS) <= monotonicMs) {
      this.#askedBy = new Map()
      this.#windowMs = monotonicMs
    }
    for (const name of classesFor({ ...requirements, engine: engine.type })) {
      if ((this.#asked.get(name) ?? monotonicMs) > monotonicMs) continue
      const asked = this.#askedBy.get(account) ?? 0
      const inAll = [...this.#askedBy.values()].reduce((sum, count) => sum + count, 0)
      if (asked >= ASKED_PER_ACCOUNT || inAll >= ASKED_MAX) return
      this.#askedBy.set(account, asked + 1)
      this.#asked.delete(name)
      this.#asked.set(name, later(monotonicMs, EVERY_MS))
      dropOldest(this.#asked, ASKED_MAX)
      effects.push({ type: 'look-up', key: KEY + name })
    }
  }

  /** The signed offers in what was found, none of them checked; empty if it is no record of ours. */
  read(key: string, value: Uint8Array | undefined): readonly Uint8Array[] {
    if (value === undefined || !key.startsWith(KEY)) return []
    const frame = decodeFrame(value)
    return frame?.type === 'offers' ? frame.offers : []
  }

  /**
   * Publishes this peer's offer, and as many of its class's as fit: of each class about once a minute, whoever of the
   * class it is that does. `known`: complete offers of others.
   */
  publish(own: SignedOffer, known: readonly SignedOffer[]): void {
    this.#publishMs = later(this.#context.monotonicMs, EVERY_MS)
    if (!this.#isLarge()) return
    const classes = resourceClasses(own.profile).map((name) => ({ name, offers: [own] }))
    for (const offer of known) {
      const names = new Set(resourceClasses(offer.profile))
      for (const { name, offers } of classes) if (names.has(name)) offers.push(offer)
    }
    const rarest = classes.sort((a, b) => a.offers.length - b.offers.length || (a.name < b.name ? -1 : 1))
    for (const { name, offers } of rarest.slice(0, PUBLISHED_MAX)) {
      if (this.#drawn(offers.length)) this.#record(name, offers)
    }
  }

  /** True once in `times`, by this peer's randomness. */
  #drawn(times: number): boolean {
    const [a = 0, b = 0, c = 0] = this.#context.random(3)
    return ((a << 16) | (b << 8) | c) % times === 0
  }

  #record(name: string, offers: readonly SignedOffer[]): void {
    const chosen: Uint8Array[] = []
    // What the frame adds to the offers is less than a tenth of the record.
    let room = RECORD_BYTES * 0.9
    for (const { raws } of offers) {
      room -= raws[0].length + raws[1].length + 2 * BYTES_HEAD
      if (room < 0) break
      chosen.push(...raws)
    }
    if (chosen.length === 0) return
    const value = encodeFrame({ type: 'offers', offers: chosen })
    this.#context.effects.push({ type: 'record', key: KEY + name, sequence: this.#context.now.wallMs, value })
  }

  /** More members than a peer holds offers of. In a smaller network everybody hears of everybody. */
  #isLarge(): boolean {
    return (this.#context.ledger.registry()?.members.length ?? 0) > this.#held
  }
}

/** CBOR writes so many bytes before a string of bytes, at most. */
const BYTES_HEAD = 9
