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
  const alive = holdings.filter((holding) => isAlive(holding, nowMs))
  const wanted = alive.flatMap(({ peer }) => (peer !== self && needed(peer) ? [peer] : [])).sort()
  const first = holdings.some(({ peer }) => peer === self) ? [self, ...wanted] : wanted
  const kept = new Set(first.slice(0, room))
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

/** Of each class its turns, rare ones first. Sorted once for all classes: each takes its members in that order. */
function turnsOf(alive: readonly Holding[], self: PeerKey): Turns[] {
  const seed = foldBytes(decodeKey(self))
  const rated = alive.map((holding) => {
    const { a, b } = foldBytes(decodeKey(holding.peer))
    const classes = holding.profile === undefined ? [] : resourceClasses(holding.profile)
    return { peer: holding.peer, classes, cost: costOf(holding), lot: mix(seed, a, b) }
  })
  const byPeer = (a: Rated, b: Rated): number => (a.peer < b.peer ? -1 : 1)
  const best = byClass(rated.sort((a, b) => a.cost - b.cost || byPeer(a, b)))
  const drawn = byClass(rated.sort((a, b) => a.lot - b.lot || byPeer(a, b)))
  const turns = [...best].map(([name, peers]) => new Turns(name, peers, drawn.get(name) ?? []))
  return turns.sort((a, b) => a.size - b.size || (a.name < b.name ? -1 : 1))
}

/** What one holding is chosen by. */
interface Rated {
  readonly peer: PeerKey
  readonly classes: readonly string[]
  readonly cost: number
  /** Drawn by the holder's key. */
  readonly lot: number
}

function byClass(rated: readonly Rated[]): Map<string, PeerKey[]> {
  const members = new Map<string, PeerKey[]>()
  for (const { peer, classes } of rated) {
    for (const name of classes) {
      const known = members.get(name)
      if (known === undefined) members.set(name, [peer])
      else known.push(peer)
    }
  }
  return members
}

/** What a millisecond of the reference machine's work costs there: a measure that every peer computes alike. */
function costOf({ profile }: Holding): number {
  return Number(profile?.pricePerSecond ?? 0n) / countedSpeed(profile?.speedMilli ?? 1)
}

/** Complete and not expired: without both parts nobody can be placed there. */
function isAlive({ profile, load }: Holding, nowMs: number): boolean {
  return profile !== undefined && load !== undefined && Math.min(profile.expiresMs, load.expiresMs) > nowMs
}
