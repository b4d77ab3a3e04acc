/** Request bodies: bounded, and in one of two forms, canonical CBOR or JSON with base64. */
import type { Context } from 'hono'
import { WeftError } from '#protocol/errors.ts'
import { decode } from '#protocol/wire/canonical.ts'
import { concat } from '#protocol/wire/hash.ts'
import { HttpError } from './problem.ts'

/**
 * The value in the body. JOB_TOO_LARGE as soon as it is longer than `maxBytes`, USAGE if it is not what it says that it
 * is.
 */
export async function readBody(c: Context, maxBytes: number): Promise<unknown> {
  const type = (c.req.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase()
  const bytes = await readBytes(c, maxBytes)
  if (type === 'application/cbor') return decode(bytes)
  if (type === 'application/json') return fromJson(bytes)
  throw new HttpError(415, 'USAGE', 'send application/json or application/cbor')
}

async function readBytes(c: Context, maxBytes: number): Promise<Uint8Array> {
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

function fromJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw new WeftError('USAGE', 'the body is not JSON')
  }
}
