/**
 * Which offers a peer keeps when there are more members than it has room for. Every resource class has its turn, the
 * rare ones first; within a class the best by a public measure take turns with some that are drawn by this peer's own
 * key. So no class is forgotten, and a peer that is not among the best anywhere is known by some.
 */
import type { Load, Profile } from '#protocol/membership/offer.ts'
import { resourceClasses } from '#protocol/membership/resource-class.ts'
import { foldBytes, mix } from '#protocol/placement/mix.ts'
import { countedSpeed } from '#protocol/placement/predict.ts'
import { decodeKey, type PeerKey } from '#protocol/wire/keys.ts'

/** What is known of one member. */
export interface Holding {
  readonly peer: PeerKey
  readonly profile?: Profile | undefined
  readonly load?: Load | undefined
}

/** Among whom is chosen, and how many may stay. */
export interface KeepOptions {
  /** Members kept at most. */
  readonly room: number
  /** Whose holdings they are: kept first, and what the draw depends on. */
  readonly self: PeerKey
  /** Wall clock: what has expired goes first. */
  readonly nowMs: number
  /** Kept whatever their class, for an open job needs them. */
  readonly needed: (peer: PeerKey) => boolean
}

/**
 * The peers of `holdings` to keep, at most `room`: this peer, those needed, and then of each resource class in turn.
 * If there are no more classes than there is room, each one that has a complete offer is represented. The same for any
 * order of the holdings. n log n of them.
 */
export function keepersOf(holdings: readonly Holding[], { room, self, nowMs, needed }: KeepOptions): Set<PeerKey> {
  const alive = holdings.filter((holding) => isAlive(holding, nowMs)).sort((a, b) => (a.peer < b.peer ? -1 : 1))
  const first = [self, ...alive.flatMap(({ peer }) => (peer !== self && needed(peer) ? [peer] : []))]
  const kept = new Set(first.filter((peer) => holdings.some((holding) => holding.peer === peer)).slice(0, room))
  const turns = turnsOf(alive, self)
  const seen = new Set<string>()
  for (let round = 0; kept.size < room && turns.length > seen.size; round++) {
    for (const turn of turns) {
      if (kept.size >= room) break
      const next = turn.next(kept, round)
      if (next === undefined) seen.add(turn.name)
      else kept.add(next)
    }
  }
  return kept
}

/** One class's members, those that come next at the front. */
class Turns {
  readonly name: string
  readonly #best: readonly PeerKey[]
  readonly #drawn: readonly PeerKey[]
  #next = { best: 0, drawn: 0 }

  constructor(name: string, best: readonly PeerKey[], drawn: readonly PeerKey[]) {
    this.name = name
    this.#best = best
    this.#drawn = drawn
  }

  get size(): number {
    return this.#best.length
  }

  /** The next one that is not kept yet: the best in even rounds, one that is drawn in odd ones. */
  next(kept: ReadonlySet<PeerKey>, round: number): PeerKey | undefined {
    const which = round % 2 === 0 ? 'best' : 'drawn'
    const peers = which === 'best' ? this.#best : this.#drawn
    while (this.#next[which] < peers.length) {
      const peer = peers[this.#next[which]++]
      if (peer !== undefined && !kept.has(peer)) return peer
    }
    return undefined
  }
}

function turnsOf(alive: readonly Holding[], self: PeerKey): Turns[] {
  const members = new Map<string, Holding[]>()
  for (const holding of alive) {
    for (const name of holding.profile === undefined ? [] : resourceClasses(holding.profile)) {
      const known = members.get(name)
      if (known === undefined) members.set(name, [holding])
      else known.push(holding)
    }
  }
  const seed = foldBytes(decodeKey(self))
  const lots = new Map(alive.map(({ peer }) => [peer, lotOf(peer)]))
  const turns = [...members].map(([name, holdings]) => {
    const best = [...holdings].sort(byPriceOfSpeed).map(({ peer }) => peer)
    const drawn = [...best].sort((a, b) => (lots.get(a) ?? 0) - (lots.get(b) ?? 0) || (a < b ? -1 : 1))
    return new Turns(name, best, drawn)
  })
  return turns.sort((a, b) => a.size - b.size || (a.name < b.name ? -1 : 1))

  function lotOf(peer: PeerKey): number {
    const { a, b } = foldBytes(decodeKey(peer))
    return mix(seed, a, b)
  }
}

/** What a second of the reference machine's work costs there: a measure that every peer computes alike. */
function byPriceOfSpeed(a: Holding, b: Holding): number {
  const [one, other] = [a, b].map(({ profile }) => ({
    price: profile?.pricePerSecond ?? 0n,
    speed: BigInt(countedSpeed(profile?.speedMilli ?? 1)),
  }))
  const difference = (one?.price ?? 0n) * (other?.speed ?? 1n) - (other?.price ?? 0n) * (one?.speed ?? 1n)
  return difference === 0n ? (a.peer < b.peer ? -1 : 1) : difference < 0n ? -1 : 1
}

/** Complete and not expired: without both parts nobody can be placed there. */
function isAlive({ profile, load }: Holding, nowMs: number): boolean {
  return profile !== undefined && load !== undefined && Math.min(profile.expiresMs, load.expiresMs) > nowMs
}
