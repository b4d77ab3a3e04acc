/**
 * What ledgers send each other: signed envelopes (a roster, a join request), and two unsigned notes between neighbours,
 * which cause nothing but an answer or a message on a screen.
 */
import { z } from 'zod'
import { limits } from '#protocol/limits.ts'
import { decode, encode } from '#protocol/wire/canonical.ts'
import { type Envelope, readEnvelope } from '#protocol/wire/envelope.ts'
import { JOIN } from './invite.ts'
import { ROSTER, ROSTER_BYTES_MAX } from './roster.ts'

export type LedgerMessage =
  | { readonly type: 'roster'; readonly envelope: Envelope }
  | { readonly type: 'join'; readonly envelope: Envelope }
  /** Please send this version. */
  | { readonly type: 'ask'; readonly version: number }
  /** Why a join request was not granted. */
  | { readonly type: 'refused'; readonly nonce: string; readonly reason: string }

export function encodeAsk(version: number): Uint8Array {
  return encode(['ask', version])
}

export function encodeRefused(nonce: string, reason: string): Uint8Array {
  return encode(['refused', nonce, reason])
}

/** The message in `bytes`, or `undefined` if it is none. No signature is judged. */
export function decodeMessage(bytes: Uint8Array, domain: Uint8Array): LedgerMessage | undefined {
  if (bytes.length > ROSTER_BYTES_MAX) return undefined
  const envelope = readEnvelope(bytes, domain)
  if (envelope?.kind === ROSTER) return { type: 'roster', envelope }
  if (envelope?.kind === JOIN) return { type: 'join', envelope }
  if (envelope !== undefined || bytes.length > NOTE_BYTES_MAX) return undefined
  const note = noteSchema.safeParse(decode(bytes))
  if (!note.success) return undefined
  const [type] = note.data
  return type === 'ask' ? { type, version: note.data[1] } : { type, nonce: note.data[1], reason: note.data[2] }
}

const NOTE_BYTES_MAX = 512
const noteSchema = z.union([
  z.tuple([z.literal('ask'), z.number().int().min(1).max(limits.heightMax)]),
  z.tuple([
    z.literal('refused'),
    z.string().regex(/^[0-9a-f]{32}$/),
    z
      .string()
      .max(200)
      .regex(/^[^\p{C}]*$/u),
  ]),
])
