/** What peers may do to us, by their standing; who has done too much. Counts what was refused. */
import type { Standing } from '#node/ports/network.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import { Bars } from './bars.ts'
import { budgets } from './budgets.ts'
import { BoundedMap } from './rate.ts'
import { bounds } from './settings.ts'
import { UnfinishedFrames } from './unfinished.ts'
import { Usage } from './usage.ts'

/** Counted since the start, for metrics and tests. */
export interface Counters {
  framesSent: number
  framesReceived: number
  /** Frames to others that were dropped: queue full, or the peer cannot be reached. */
  framesDropped: number
  /** Frames from others that were dropped unread: rate limit. */
  framesRefused: number
  /** Times that a connection was not read for a while because its peer was over its budget of bytes. */
  readPauses: number
  /** What no honest peer does: see `Offence`. */
  offences: number
  /** Peers whose connections were closed, and new ones refused, for a time. */
  bars: number
  gossipReceived: number
  gossipPauses: number
  recordsRefused: number
}

/** Judges peers by their key; a reconnecting peer does not start afresh. */
export class PeerGuard {
  readonly counters: Counters = {
    framesSent: 0,
    framesReceived: 0,
    framesDropped: 0,
    framesRefused: 0,
    readPauses: 0,
    offences: 0,
    bars: 0,
    gossipReceived: 0,
    gossipPauses: 0,
    recordsRefused: 0,
  }
  /** Called when a peer is barred: its connections are to be closed. */
  onBar: (peer: PeerKey, forMs: number) => void = () => undefined
  /** A monotonic clock in milliseconds: that of all budgets. */
  readonly now: () => number
  readonly #standings = new BoundedMap<PeerKey, Standing>(bounds.peersRemembered)
  readonly #bars = new Bars()
  readonly #usage: Usage
  readonly #unfinished = new UnfinishedFrames()

  constructor(now: () => number = () => performance.now()) {
    this.now = now
    this.#usage = new Usage(now())
  }

  /** What `peer` is trusted with: a stranger unless it was told otherwise. */
  standingOf(peer: PeerKey): Standing {
    return this.#standings.get(peer) ?? 'stranger'
  }

  /** See `Network.setStanding`. */
  setStanding(peer: PeerKey, standing: Standing): void {
    if (this.standingOf(peer) === standing) return
    this.#standings.set(peer, standing)
    this.#usage.setStanding(peer, standing, this.now())
  }

  /**
   * Notes bytes that were read from `peer`, or zero to ask again; returns for how many milliseconds nothing more is to
   * be read from it. Bars it if it has been over its budget for too long.
   */
  chargeBytes(peer: PeerKey, bytes: number): number {
    const pauseMs = this.#usage.chargeBytes(this.#named(peer), bytes, this.now())
    if (pauseMs > 0) this.#barIfOver(peer)
    return pauseMs
  }

  /** True if one more frame of `peer` may be handed on. Bars it if it has been over its budget for too long. */
  admit(peer: PeerKey): boolean {
    const admitted = !this.refuses(peer) && this.#usage.takeFrame(this.#named(peer), this.now())
    if (admitted) this.counters.framesReceived++
    else {
      this.counters.framesRefused++
      this.#barIfOver(peer)
    }
    return admitted
  }

  /** The longest frame that `peer` may send now, in bytes. */
  frameBytesMax(peer: PeerKey): number {
    return budgets[this.standingOf(peer)].frameBytes
  }

  /** True if `bytes` more of unfinished frames of `peer` may be held; to be given back with {@link release}. */
  reserve(peer: PeerKey, bytes: number): boolean {
    return this.#unfinished.reserve(peer, this.standingOf(peer), bytes)
  }

  /** Bytes that were reserved are held no more. */
  release(peer: PeerKey, bytes: number): void {
    this.#unfinished.release(peer, bytes)
  }

  /** Bytes of unfinished frames of `peer`. */
  unfinishedOf(peer: PeerKey): number {
    return this.#unfinished.heldOf(peer)
  }

  /** Notes an offence of `peer`; a few in a row bar it. */
  recordOffence(peer: PeerKey): void {
    this.counters.offences++
    if (this.#bars.recordOffence(peer, this.now())) this.#bar(peer)
  }

  /** Offences of `peer` that are not forgotten yet. */
  offencesOf(peer: PeerKey): number {
    return this.#bars.offencesOf(peer, this.now())
  }

  /** True while connections of `peer` are refused: never those of a witness. */
  refuses(peer: PeerKey): boolean {
    return this.standingOf(peer) !== 'witness' && this.#bars.isBarred(peer, this.now())
  }

  #barIfOver(peer: PeerKey): void {
    const overForMs = this.#usage.overForMs(this.#named(peer), this.now())
    if (overForMs >= budgets[this.standingOf(peer)].patienceMs) this.#bar(peer)
  }

  #bar(peer: PeerKey): void {
    if (this.standingOf(peer) === 'witness' || this.refuses(peer)) return
    this.counters.bars++
    this.onBar(peer, this.#bars.bar(peer, this.now()))
  }

  #named(key: PeerKey): { key: PeerKey; standing: Standing } {
    return { key, standing: this.standingOf(key) }
  }
}
