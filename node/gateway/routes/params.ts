/** What stands in the path. */
import type { Context } from 'hono'
import { WeftError } from '#protocol/errors.ts'
import { isCid } from '#protocol/wire/canonical.ts'
import { isKey, type WalletKey } from '#protocol/wire/keys.ts'
import { bounds } from '../bounds.ts'

/** The id in `:id` or `:cid`; NOT_FOUND if it cannot be one. */
export function cidParam(c: Context, name: string): string {
  const value = c.req.param(name)
  if (isCid(value)) return value
  throw new WeftError('NOT_FOUND', `"${printable(value)}" is not an id: one begins with bafk and has 59 letters`)
}

/** The wallet's key in `:wallet`; USAGE if it is none. */
export function keyParam(c: Context, name: string): WalletKey {
  const value = c.req.param(name)
  if (isKey(value)) return value
  throw new WeftError('USAGE', `"${printable(value)}" is not a key: one is the base58 of 32 bytes`)
}

/** `?wait=`: how long other peers are asked, in seconds, as milliseconds; undefined if it is not given. USAGE beyond 0 to 25. */
export function waitParam(c: Context): number | undefined {
  const text = c.req.query('wait')
  if (text === undefined) return undefined
  const seconds = /^\d{1,2}(\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN
  if (seconds <= bounds.waitMs / 1_000) return Math.round(seconds * 1_000)
  throw new WeftError(
    'USAGE',
    `wait: "${printable(text)}" is not a number of seconds from 0 to ${bounds.waitMs / 1_000}`,
  )
}

function printable(value: string | undefined): string {
  return (value ?? '').slice(0, 64).replace(/[^\x20-\x7e]/g, '?')
}
