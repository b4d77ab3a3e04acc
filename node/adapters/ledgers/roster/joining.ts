/**
 * A peer on its way in: it asks the founder's peer again and again until it is admitted or refused, also over restarts.
 */
import type { Clock } from '#node/ports/clock.ts'
import { WeftError } from '#protocol/errors.ts'
import type { PeerKey, Signer } from '#protocol/wire/keys.ts'
import { type PendingJoin, prepareJoin, readPendingJoin } from './create.ts'
import type { RosterFiles } from './files.ts'
import { type Invite, parseToken, sealJoin } from './invite.ts'

/** A pending join is sent again at this pace: the founder's peer may not be reachable yet. */
const JOIN_RETRY_MS = 5_000

export interface Joining {
  readonly state: 'idle' | 'asking' | 'refused'
  /** Why the last request was refused; empty if it was not. */
  readonly reason: string
  /** The invitation of the pending request. */
  invite(): Invite | undefined
  /** Makes a request the pending one; TOKEN_INVALID if its token is no good here. */
  begin(request: PendingJoin): void
  /** Sends the pending request, if there is one, now and then every 5 s. */
  ask(): void
  /** The founder's peer said no. False if the note is not an answer to the pending request. */
  refuse(from: PeerKey, note: { nonce: string; reason: string }): boolean
  /** This peer is a member. */
  done(): void
  /** Asks no more until `ask` is called. */
  pause(): void
}

/** The request that waits in `files`, if any. `send` carries a message to a peer. */
export function openJoining(parts: {
  files: RosterFiles
  clock: Clock
  signer: Signer
  send: (to: PeerKey, message: Uint8Array) => void
}): Joining {
  return new JoiningPeer(parts)
}

class JoiningPeer implements Joining {
  readonly #parts: Parameters<typeof openJoining>[0]
  #pending: (PendingJoin & { invite: Invite; raw: Uint8Array }) | undefined
  #cancel: (() => void) | undefined
  #reason = ''

  constructor(parts: Parameters<typeof openJoining>[0]) {
    this.#parts = parts
    const pending = readPendingJoin(parts.files)
    if (pending !== undefined) this.#take(pending)
  }

  get state(): Joining['state'] {
    if (this.#pending !== undefined) return 'asking'
    return this.#reason === '' ? 'idle' : 'refused'
  }

  get reason(): string {
    return this.#reason
  }

  invite(): Invite | undefined {
    return this.#pending?.invite
  }

  begin(request: PendingJoin): void {
    prepareJoin(this.#parts.files, request, this.#parts.clock.wallMs())
    this.#take(request)
  }

  ask(): void {
    this.pause()
    const pending = this.#pending
    if (pending === undefined) return
    const { clock, signer, send } = this.#parts
    if (pending.invite.expiresMs <= clock.wallMs()) {
      this.#reason = 'the token has expired'
      this.#forget()
      return
    }
    const { invite, raw, owner, name } = pending
    send(invite.peer, sealJoin({ invite: raw, owner, name }, invite.network, signer))
    this.#cancel = clock.after(JOIN_RETRY_MS, () => this.ask())
  }

  refuse(from: PeerKey, note: { nonce: string; reason: string }): boolean {
    const invite = this.invite()
    if (invite === undefined || from !== invite.peer || note.nonce !== invite.nonce) return false
    this.#reason = note.reason
    this.#forget()
    return true
  }

  done(): void {
    this.#reason = ''
    if (this.#pending !== undefined) this.#forget()
  }

  pause(): void {
    this.#cancel?.()
    this.#cancel = undefined
  }

  #take(request: PendingJoin): void {
    try {
      this.#pending = { ...request, ...parseToken(request.token, this.#parts.clock.wallMs()) }
      this.#reason = ''
    } catch (error) {
      this.#reason = error instanceof WeftError ? error.message : String(error)
    }
  }

  #forget(): void {
    this.pause()
    this.#pending = undefined
    this.#parts.files.remove('join.json')
  }
}
