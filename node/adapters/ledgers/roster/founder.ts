/** What only the founder's peer does: it invites, admits and removes, by signing the next version of the roster. */
import type { Clock } from '#node/ports/clock.ts'
import type { Random } from '#node/ports/random.ts'
import { WeftError } from '#protocol/errors.ts'
import { limits } from '#protocol/limits.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import { toHex } from '#protocol/wire/hash.ts'
import type { PeerKey, Signer } from '#protocol/wire/keys.ts'
import { type Admission, openAdmission } from './admission.ts'
import { signRoster } from './create.ts'
import type { RosterFiles } from './files.ts'
import type { RosterHistory } from './history.ts'
import { INVITE_TTL_MAX_MS, parseToken, readInvite, readJoin, sealInvite } from './invite.ts'
import type { Roster } from './roster.ts'

/** What a change of the roster may touch. */
export type Change = Partial<Pick<Roster, 'members' | 'wallets' | 'creditLine' | 'openCredit'>>

/** What became of a join request. */
export type Answer =
  | { readonly outcome: 'admitted' }
  | { readonly outcome: 'refused'; readonly nonce: string; readonly reason: string }
  /** Malformed, forged or for another network: not worth a word. */
  | { readonly outcome: 'ignored' }

export interface Founder {
  invite(options: { addresses: readonly string[]; ttlMs: number; uses: number }): string
  /**
   * Judges a join request of `from`, who is no member; if it is good, the next roster with the new member is on the
   * disk.
   */
  admit(from: PeerKey, envelope: Envelope): Answer
  /**
   * Signs the next version and writes it. STORE_CORRUPT if a newer version than the newest known was signed here
   * before.
   */
  change(change: Change): void
}

/** The founder of `network`, whose peer is `self`. */
export function createFounder(parts: {
  signer: Signer
  self: PeerKey
  network: string
  files: RosterFiles
  history: RosterHistory
  clock: Clock
  random: Random
}): Founder {
  return new KeyedFounder(parts, openAdmission(parts.files, parts.history))
}

class KeyedFounder implements Founder {
  readonly #parts: Parameters<typeof createFounder>[0]
  readonly #admission: Admission

  constructor(parts: Parameters<typeof createFounder>[0], admission: Admission) {
    this.#parts = parts
    this.#admission = admission
  }

  invite(options: { addresses: readonly string[]; ttlMs: number; uses: number }): string {
    const { addresses, ttlMs, uses } = options
    const { signer, self: peer, network, clock, random } = this.#parts
    if (!Number.isSafeInteger(ttlMs) || ttlMs < 1 || ttlMs > INVITE_TTL_MAX_MS) {
      throw new WeftError('CONFIG_INVALID', 'a token lives for at most 30 days')
    }
    if (!Number.isSafeInteger(uses)) throw new WeftError('CONFIG_INVALID', 'a token is for a whole number of peers')
    const nowMs = clock.wallMs()
    const nonce = toHex(random.bytes(16))
    const invite = { network, founder: signer.key, peer, addresses, expiresMs: nowMs + ttlMs, nonce, uses }
    const token = sealInvite(invite, signer)
    try {
      parseToken(token, nowMs)
    } catch (cause) {
      throw new WeftError('CONFIG_INVALID', 'a token is for 1 to 1024 peers and has at most 16 multiaddrs', { cause })
    }
    return token
  }

  admit(from: PeerKey, envelope: Envelope): Answer {
    const { network, history, clock } = this.#parts
    const request = envelope.signer === from ? readJoin(envelope, network) : undefined
    const invite = request && readInvite(request.invite)
    const roster = history.newest()?.roster
    if (request === undefined || invite?.network !== network || roster === undefined) return { outcome: 'ignored' }
    this.#assertNewest()
    if (roster.members.length >= limits.rosterMembers) {
      return { outcome: 'refused', nonce: invite.nonce, reason: 'the network is full' }
    }
    const use = { invite, peer: from, version: roster.version + 1, nowMs: clock.wallMs() }
    const verdict = this.#admission.use(use)
    if (!verdict.admitted) return { outcome: 'refused', nonce: invite.nonce, reason: verdict.reason }
    this.change({ members: [...roster.members, { peer: from, owner: request.owner, name: request.name }] })
    return { outcome: 'admitted' }
  }

  change(change: Change): void {
    const { signer, files, history, clock } = this.#parts
    const newest = this.#assertNewest()
    const version = newest.roster.version + 1
    const next = { ...newest.roster, ...change, version, previous: newest.hash, createdMs: clock.wallMs() }
    history.offer(signRoster(next, signer))
    // After the roster itself: this number only says that a roster was there, should the folder lose it.
    files.writeText('signed', String(version))
  }

  /**
   * A founder that lost its newest roster must not sign another one of the same version: it waits until a member sends
   * it back.
   */
  #assertNewest(): NonNullable<ReturnType<RosterHistory['newest']>> {
    const newest = this.#parts.history.newest()
    const signed = Number(this.#parts.files.readText('signed') ?? Number.NaN)
    if (newest !== undefined && signed <= newest.roster.version) return newest
    throw new WeftError('STORE_CORRUPT', 'the newest roster is missing here; connect to a member to get it back')
  }
}
