/** How much each peer is trusted with: from the registry, from the logs that are kept here, from what it brought. */
import { dropOldest } from '#protocol/drop-oldest.ts'
import { limits } from '#protocol/limits.ts'
import { findMember, type RegistryView } from '#protocol/membership/registry.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import type { Effect, Standing } from '../effects.ts'
import { later, type MonotonicMs } from '../time.ts'

/** A witness or poster that was not met again for this time is what else it is. */
const REMEMBERED_MS = 600_000

/** What the standings are computed from, and where changes are told. */
interface Parts {
  readonly self: PeerKey
  readonly now: () => MonotonicMs
  readonly registry: () => RegistryView | undefined
  readonly emit: (effect: Effect) => void
}

/** Of at most {@link limits.budgetsRemembered} peers beyond the registry's; the last ones met are remembered. */
export class Standings {
  readonly #parts: Parts
  readonly #witnesses = new Map<PeerKey, MonotonicMs>()
  readonly #posters = new Map<PeerKey, MonotonicMs>()
  /** What the network was told last. */
  readonly #told = new Map<PeerKey, Standing>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Peers that witness a log which is kept here. */
  metWitnesses(peers: readonly PeerKey[]): void {
    for (const peer of peers) this.#meet(this.#witnesses, peer)
  }

  /** `peer` brought a job that its funded wallet signed. */
  metPoster(peer: PeerKey): void {
    this.#meet(this.#posters, peer)
  }

  /** What `peer` is trusted with now. Where it changed, the network is told. */
  of(peer: PeerKey): Standing {
    const standing = this.#standing(peer)
    if (peer !== this.#parts.self && (this.#told.get(peer) ?? 'stranger') !== standing) {
      this.#told.delete(peer)
      this.#told.set(peer, standing)
      dropOldest(this.#told, limits.budgetsRemembered)
      this.#parts.emit({ type: 'standing', peer, standing })
    }
    return standing
  }

  #standing(peer: PeerKey): Standing {
    const { self, registry } = this.#parts
    if (peer === self || this.#isMet(this.#witnesses, peer)) return 'witness'
    const view = registry()
    if (view !== undefined && findMember(view, peer) !== undefined) return 'member'
    return this.#isMet(this.#posters, peer) ? 'poster' : 'stranger'
  }

  #isMet(met: ReadonlyMap<PeerKey, MonotonicMs>, peer: PeerKey): boolean {
    const at = met.get(peer)
    return at !== undefined && this.#parts.now() < later(at, REMEMBERED_MS)
  }

  #meet(met: Map<PeerKey, MonotonicMs>, peer: PeerKey): void {
    met.delete(peer)
    met.set(peer, this.#parts.now())
    dropOldest(met, limits.budgetsRemembered)
  }
}
