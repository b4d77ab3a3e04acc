/**
 * Peers that are refused for a while. Each time in a row lasts twice as long as the one before: an attacker soon spends
 * its time outside, and who was barred by mistake is back in a minute.
 */
import type { PeerKey } from '#protocol/wire/keys.ts'
import { BoundedMap } from './rate.ts'
import { bounds } from './settings.ts'

interface Bar {
  /** In a row. */
  readonly times: number
  readonly untilMs: number
}

/** Counts offences and remembers bars, by key; a peer that reconnects does not start afresh. */
export class Bars {
  readonly #offences = new BoundedMap<PeerKey, { count: number; untilMs: number }>(bounds.peersRemembered)
  readonly #bars = new BoundedMap<PeerKey, Bar>(bounds.peersRemembered)

  /** Notes an offence; true if it is one too many, that is `bounds.offences` with less than a minute between two. */
  recordOffence(peer: PeerKey, nowMs: number): boolean {
    const count = this.offencesOf(peer, nowMs) + 1
    this.#offences.set(peer, { count, untilMs: nowMs + bounds.offenceMs })
    return count >= bounds.offences
  }

  /** Offences that are not forgotten yet. */
  offencesOf(peer: PeerKey, nowMs: number): number {
    const known = this.#offences.get(peer)
    return known !== undefined && known.untilMs > nowMs ? known.count : 0
  }

  /**
   * Refuses `peer` for a minute, or twice as long as the last time if that ended less than `bounds.barForgottenMs` ago,
   * at most `bounds.barMaxMs`; returns for how long. Its offences begin anew. One that is barred stays so.
   */
  bar(peer: PeerKey, nowMs: number): number {
    const last = this.#bars.get(peer)
    if (last !== undefined && last.untilMs > nowMs) return last.untilMs - nowMs
    const times = last !== undefined && last.untilMs + bounds.barForgottenMs > nowMs ? last.times + 1 : 1
    const forMs = Math.min(bounds.barMaxMs, bounds.barMs * 2 ** (times - 1))
    this.#bars.set(peer, { times, untilMs: nowMs + forMs })
    this.#offences.set(peer, { count: 0, untilMs: nowMs })
    return forMs
  }

  /** True until the time of {@link bar} is over. */
  isBarred(peer: PeerKey, nowMs: number): boolean {
    return (this.#bars.get(peer)?.untilMs ?? 0) > nowMs
  }
}
