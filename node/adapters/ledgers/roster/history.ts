/**
 * The versions of a roster that a peer knows. The newest that the founder validly signed wins, whatever way it came;
 * older ones are filled in backwards, and believed because a newer one names their hash. Of two rosters of one version
 * the first stays.
 */

import { readEnvelope } from '#protocol/wire/envelope.ts'
import { equalBytes, toHex } from '#protocol/wire/hash.ts'
import { networkDomain } from '#protocol/wire/header.ts'
import type { RosterFiles } from './files.ts'
import { ROSTERS_KEPT, readRoster, type SealedRoster, verifyRoster } from './roster.ts'

/** What became of a roster that was offered. */
export type Adoption =
  | { readonly outcome: 'newest'; readonly forked: boolean }
  | { readonly outcome: 'filled' }
  /** Known already, and it is the newest. */
  | { readonly outcome: 'same' }
  /** Older than the newest, and nothing new: the sender lags. */
  | { readonly outcome: 'stale' }
  /** The founder signed two rosters of one version: kept as evidence. */
  | { readonly outcome: 'conflict' }
  | { readonly outcome: 'forged' }

export interface RosterHistory {
  newest(): SealedRoster | undefined
  at(version: number): SealedRoster | undefined
  /**
   * Judges a roster of this network (see `readRoster`), and writes what it keeps before it returns. Throws what the
   * disk says.
   */
  offer(sealed: SealedRoster): Adoption
  /** The version to ask for next so that the last {@link ROSTERS_KEPT} become known; `undefined` if they are. */
  missing(): number | undefined
}

/** The history in `files`; what does not verify there is left out. */
export function openHistory(files: RosterFiles, networkId: string): RosterHistory {
  const history = new History(files, networkId)
  for (const raw of files.readRosters()) history.restore(raw)
  return history
}

class History implements RosterHistory {
  readonly #files: RosterFiles
  readonly #networkId: string
  readonly #domain: Uint8Array
  readonly #versions = new Map<number, SealedRoster>()
  #newest: SealedRoster | undefined

  constructor(files: RosterFiles, networkId: string) {
    this.#files = files
    this.#networkId = networkId
    this.#domain = networkDomain(networkId)
  }

  newest(): SealedRoster | undefined {
    return this.#newest
  }

  at(version: number): SealedRoster | undefined {
    return this.#versions.get(version)
  }

  offer(sealed: SealedRoster): Adoption {
    const { version } = sealed.roster
    const known = this.#versions.get(version)
    if (known !== undefined && equalBytes(known.hash, sealed.hash)) {
      return { outcome: known === this.#newest ? 'same' : 'stale' }
    }
    const newer = this.#newest === undefined || version > this.#newest.roster.version
    if (!newer && known === undefined && !this.#isNamedByNext(sealed)) return { outcome: 'stale' }
    if (!this.#isSigned(sealed)) return { outcome: 'forged' }
    if (known !== undefined) return this.#keepEvidence(sealed)
    this.#files.writeRoster(version, sealed.raw)
    this.#versions.set(version, sealed)
    if (!newer) return { outcome: 'filled' }
    return this.#advance(sealed)
  }

  missing(): number | undefined {
    const top = this.#newest?.roster.version
    if (top === undefined) return undefined
    for (let version = top - 1; version > Math.max(0, top - ROSTERS_KEPT); version--) {
      if (!this.#versions.has(version)) return version
    }
    return undefined
  }

  restore(raw: Uint8Array): void {
    const envelope = readEnvelope(raw, this.#domain)
    const sealed = envelope && readRoster(envelope, this.#networkId)
    if (sealed === undefined || !this.#isSigned(sealed)) return
    this.#versions.set(sealed.roster.version, sealed)
    if (sealed.roster.version > (this.#newest?.roster.version ?? 0)) this.#newest = sealed
  }

  #advance(sealed: SealedRoster): Adoption {
    const { version, previous } = sealed.roster
    const before = this.#versions.get(version - 1)
    const forked = before !== undefined && !equalBytes(before.hash, previous)
    if (forked) this.#keepEvidence(sealed)
    this.#newest = sealed
    for (const old of [...this.#versions.keys()]) {
      if (old > version - ROSTERS_KEPT) continue
      this.#versions.delete(old)
      this.#files.removeRoster(old)
    }
    return { outcome: 'newest', forked }
  }

  #keepEvidence(sealed: SealedRoster): Adoption {
    this.#files.writeEvidence(`${sealed.roster.version}-${toHex(sealed.hash).slice(0, 16)}`, sealed.raw)
    return { outcome: 'conflict' }
  }

  /** Only versions within the window may be filled in. */
  #isNamedByNext(sealed: SealedRoster): boolean {
    const { version } = sealed.roster
    const next = this.#versions.get(version + 1)
    const inWindow = version > (this.#newest?.roster.version ?? 0) - ROSTERS_KEPT
    return inWindow && next !== undefined && equalBytes(next.roster.previous, sealed.hash)
  }

  #isSigned(sealed: SealedRoster): boolean {
    const envelope = readEnvelope(sealed.raw, this.#domain)
    return envelope !== undefined && verifyRoster(envelope, this.#networkId)
  }
}
