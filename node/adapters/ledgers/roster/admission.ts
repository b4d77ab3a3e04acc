/**
 * How often each token was used. The use is on the disk before the roster that it admits to is signed: a crash between
 * the two leaves a use without a member, and the same peer may then try again with the same token; nobody else can use
 * it twice.
 */
import { z } from 'zod'
import type { PeerKey } from '#protocol/wire/keys.ts'
import type { RosterFiles } from './files.ts'
import type { RosterHistory } from './history.ts'
import type { Invite } from './invite.ts'
import { keySchema } from './roster.ts'

/** Tokens in use at the same time. */
const NONCES_MAX = 4_096

/** Why a token does not admit a peer, as a sentence; or that it does. */
export type Verdict = { readonly admitted: true } | { readonly admitted: false; readonly reason: string }

export interface Admission {
  /** Counts one use of `invite` by `peer`, who will be admitted in `version`; on the disk when it returns. */
  use(options: { invite: Invite; peer: PeerKey; version: number; nowMs: number }): Verdict
}

/** The uses in `files`. */
export function openAdmission(files: RosterFiles, history: RosterHistory): Admission {
  const used = readUses(files)
  return {
    use({ invite, peer, version, nowMs }) {
      if (invite.expiresMs <= nowMs) return refuse('the token has expired')
      for (const [nonce, { expiresMs }] of used) if (expiresMs <= nowMs) used.delete(nonce)
      const before = used.get(invite.nonce)?.admitted ?? []
      const mine = before.find((use) => use.peer === peer)
      if (mine !== undefined && !wasLost(mine, history)) return refuse('this peer has used the token before')
      if (mine === undefined && before.length >= invite.uses) return refuse('the token has been used up')
      if (before.length === 0 && used.size >= NONCES_MAX) return refuse('too many tokens are in use; try again later')
      const admitted = [...before.filter((use) => use.peer !== peer), { peer, version }]
      used.set(invite.nonce, { expiresMs: invite.expiresMs, admitted })
      files.writeText('invites.json', JSON.stringify(Object.fromEntries(used)))
      return { admitted: true }
    },
  }
}

/** True if the use was counted, but the roster that should have admitted the peer was never signed. */
function wasLost(use: { peer: PeerKey; version: number }, history: RosterHistory): boolean {
  if (use.version > (history.newest()?.roster.version ?? 0)) return true
  const roster = history.at(use.version)?.roster
  return roster !== undefined && !roster.members.some((member) => member.peer === use.peer)
}

function refuse(reason: string): Verdict {
  return { admitted: false, reason }
}

const usesSchema = z.record(
  z.string(),
  z.object({
    expiresMs: z.number().int(),
    admitted: z.array(z.object({ peer: keySchema, version: z.number().int() })),
  }),
)

/** Throws if the file is there and is damaged: forgetting uses would let tokens be replayed. */
function readUses(files: RosterFiles): Map<string, z.infer<typeof usesSchema>[string]> {
  const text = files.readText('invites.json')
  return new Map(Object.entries(usesSchema.parse(text === undefined ? {} : JSON.parse(text))))
}
