/** Request bodies: bounded, and in one of two forms, canonical CBOR or JSON with base64. */
import type { Context } from 'hono'
import { z } from 'zod'
import { WeftError } from '#protocol/errors.ts'
import { limits } from '#protocol/limits.ts'
import { decode } from '#protocol/wire/canonical.ts'
import { concat } from '#protocol/wire/hash.ts'
import { bounds } from './bounds.ts'
import { HttpError } from './problem.ts'

/** The body, at most `maxBytes` long; JOB_TOO_LARGE as soon as it is longer. */
async function readBody(c: Context, maxBytes: number): Promise<Uint8Array> {
  const declared = Number(c.req.header('content-length') ?? 0)
  const tooLarge = new WeftError('JOB_TOO_LARGE', `the request is longer than ${maxBytes} bytes`)
  if (declared > maxBytes) throw tooLarge
  const parts: Uint8Array[] = []
  let total = 0
  for await (const part of c.req.raw.body ?? []) {
    total += part.length
    if (total > maxBytes) throw tooLarge
    parts.push(part)
  }
  return concat(...parts)
}

/** The JSON or CBOR object in the body, in the shape of `schema`. USAGE says what is wrong. */
export async function readObject<T>(c: Context, schema: z.ZodType<T>, maxBytes: number = bounds.bodyBytes): Promise<T> {
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  const bytes = await readBody(c, maxBytes)
  if (type === 'application/cbor') return parse(schema, decode(bytes))
  if (type === 'application/json') return parse(schema, fromJson(bytes))
  throw new HttpError(415, 'USAGE', 'send application/json or application/cbor')
}

/** Bytes: themselves in CBOR, base64 in JSON. */
const binary = z.union([
  z.instanceof(Uint8Array),
  z.base64().transform((text) => new Uint8Array(Buffer.from(text, 'base64'))),
])

/** A signed job with its inputs. */
export const submissionSchema = z.strictObject({
  envelope: binary,
  blobs: z.array(binary).max(limits.jobInputFiles).default([]),
})

/** A signed statement. */
export const signedSchema = z.strictObject({ envelope: binary })

function fromJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new WeftError('USAGE', 'the body is not JSON')
  }
}

function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new WeftError('USAGE', `the body is not as expected: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`)
}
