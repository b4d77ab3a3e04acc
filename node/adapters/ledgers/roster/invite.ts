/**
 * Invitations. A token is text that a founder hands to a person: `weft1-` and the base64url of a signed envelope that
 * says which network, where to find the founder's peer, until when, and for how many peers. A peer answers it with a
 * signed join request.
 */
import { z } from 'zod'
import { WeftError } from '#protocol/errors.ts'
import { limits } from '#protocol/limits.ts'
import type { Shape } from '#protocol/shapes.ts'
import { decode } from '#protocol/wire/canonical.ts'
import { type Envelope, readEnvelope, seal, verifyEnvelope } from '#protocol/wire/envelope.ts'
import { networkDomain } from '#protocol/wire/header.ts'
import type { Signer } from '#protocol/wire/keys.ts'
import { founderOf, keySchema, nameSchema } from './roster.ts'

export const INVITE = 'invite'
export const JOIN = 'join'
const TOKEN_PREFIX = 'weft1-'
/** A token that is pasted by a person: 16 addresses and the rest. */
const TOKEN_BYTES_MAX = 6 * 1_024
const minute = 60_000
/** Life of a token: long enough for a mail that is read after the holidays. */
export const INVITE_TTL_MAX_MS = 30 * 24 * 60 * minute

const inviteSchema = z.strictObject({
  network: z.string().max(64),
  founder: keySchema,
  /** The founder's peer: the one that admits. */
  peer: keySchema,
  /** Multiaddrs of the founder's peer, at most 16. */
  addresses: z
    .array(
      z
        .string()
        .max(256)
        .regex(/^(\/[^/\s]+)+$/),
    )
    .max(16),
  expiresMs: z.number().int().nonnegative().max(8.64e15),
  /** 16 random bytes in hexadecimal: what the uses are counted by. */
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
  /** Peers that it admits. */
  uses: z.number().int().min(1).max(limits.rosterMembers),
})
/** What a founder signs in a token: one from outside has passed {@link readInvite}. Times are since 1970. */
export type Invite = Shape<typeof inviteSchema>

const joinSchema = z.strictObject({
  /** The envelope of the invitation. */
  invite: z.instanceof(Uint8Array),
  /** The wallet that the joining peer belongs to. */
  owner: keySchema,
  name: nameSchema,
})
/** What a peer signs to join: one from outside has passed {@link readJoin}; the invitation in it is not judged. */
export type JoinRequest = Shape<typeof joinSchema>

/** The text of a new token. */
export function sealInvite(invite: Invite, founder: Signer): string {
  const statement = { ...invite, addresses: [...invite.addresses] }
  const { raw } = seal(INVITE, statement, networkDomain(invite.network), founder)
  return TOKEN_PREFIX + Buffer.from(raw).toString('base64url')
}

/**
 * The invitation in an envelope, or `undefined` if the founder that it names did not sign it. Its expiry is not judged.
 */
export function readInvite(raw: Uint8Array): Invite | undefined {
  if (raw.length > TOKEN_BYTES_MAX) return undefined
  // Which network it is for stands in the body; only `id`, which is not used here, depends on the domain.
  const envelope = readEnvelope(raw, new Uint8Array(32))
  if (envelope?.kind !== INVITE) return undefined
  const parsed = inviteSchema.safeParse(decode(envelope.body))
  if (!parsed.success) return undefined
  const { network, founder } = parsed.data
  if (founder !== envelope.signer || founder !== founderOf(network)) return undefined
  return verifyEnvelope(envelope, networkDomain(network)) ? parsed.data : undefined
}

/**
 * Reads a token that a person pasted (white space around and inside it is forgiven). TOKEN_INVALID says whether it is
 * no token, was changed, or has expired at `nowMs`.
 */
export function parseToken(token: string, nowMs: number): { invite: Invite; raw: Uint8Array } {
  const compact = token.slice(0, 4 * TOKEN_BYTES_MAX).replace(/\s+/g, '')
  const encoded = compact.startsWith(TOKEN_PREFIX) ? compact.slice(TOKEN_PREFIX.length) : ''
  if (!/^[\w-]+$/.test(encoded))
    throw new WeftError('TOKEN_INVALID', 'this is not a join token: one begins with weft1-')
  const raw = new Uint8Array(Buffer.from(encoded, 'base64url'))
  const invite = readInvite(raw)
  if (invite === undefined) {
    throw new WeftError('TOKEN_INVALID', 'the join token is incomplete or was changed: its signature does not match')
  }
  if (invite.expiresMs <= nowMs) {
    throw new WeftError('TOKEN_INVALID', `the join token expired at ${new Date(invite.expiresMs).toISOString()}`)
  }
  return { invite, raw }
}

/** The signed request of the peer `signer` to join by an invitation. */
export function sealJoin(request: JoinRequest, network: string, signer: Signer): Uint8Array {
  return seal(JOIN, { ...request }, networkDomain(network), signer).raw
}

/**
 * The join request in an envelope, or `undefined`: wrong shape, or not signed for this network by the peer that it is
 * from.
 */
export function readJoin(envelope: Envelope, network: string): JoinRequest | undefined {
  if (envelope.kind !== JOIN || envelope.raw.length > 2 * TOKEN_BYTES_MAX) return undefined
  const parsed = joinSchema.safeParse(decode(envelope.body))
  return parsed.success && verifyEnvelope(envelope, networkDomain(network)) ? parsed.data : undefined
}
