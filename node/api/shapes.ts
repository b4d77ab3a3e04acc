/** Values that several shapes are made of. */
import { z } from 'zod'
import { type ErrorCode, errorCodes } from '#protocol/errors.ts'
import { isCid } from '#protocol/wire/canonical.ts'
import { isKey } from '#protocol/wire/keys.ts'

/** A safe integer. */
export const int = z.number().int()

/** Micro-credits as decimal text: JSON has no integers beyond 2^53. */
export const amount = z.string().regex(/^\d+$/).describe('Micro-credits, as decimal text.')

/** A peer's or a wallet's key in an answer; not checked again. */
export const key = z.string().describe('A key: base58 of 32 bytes.')

/** A content id in an answer; empty where there is no content. */
export const cid = z.string().describe('A content id; empty if there is none.')

/** Milliseconds since 1970 on the clock of whoever says so. */
export const timeMs = int.describe('Milliseconds since 1970.')

/** One of Weft's error codes. */
export const errorCode = z
  .enum(Object.keys(errorCodes) as ErrorCode[])
  .describe('A stable code: see protocol/errors.ts.')

/** A wallet's key in a request. USAGE if it is none. */
export const keyText = z
  .string()
  .refine(isKey, 'is not a key: one is the base58 of 32 bytes')
  .describe('A key: base58 of 32 bytes.')

/** A content id in a path. What cannot be one names nothing: NOT_FOUND. */
export const cidText = z
  .string()
  .refine(isCid, {
    error: 'is not an id: one begins with bafk and has 59 letters',
    params: { code: 'NOT_FOUND' satisfies ErrorCode },
  })
  .describe('A content id: begins with bafk and has 59 letters.')

/** Bytes in a body: themselves in CBOR, base64 in JSON. A client may give either. */
export const bytesIn = z
  .union([z.instanceof(Uint8Array), z.base64().transform((text) => fromBase64(text))])
  .meta({ description: 'Bytes: base64 in JSON.', contentEncoding: 'base64' })

/** Bytes in an answer: base64. */
export const base64 = z.base64().describe('Base64.')

/** Bytes of a file or a stream in JSON: `text` if they are UTF-8, else `base64`. One of the two. */
export const content = { text: z.string().optional(), base64: z.string().optional() }

/** The bytes of canonical base64. Throws for other text. */
export function fromBase64(text: string): Uint8Array {
  const letters = atob(text)
  const out = new Uint8Array(letters.length)
  for (let i = 0; i < out.length; i++) out[i] = letters.charCodeAt(i)
  return out
}
