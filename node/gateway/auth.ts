/**
 * Who may talk to the API. Without a token only this machine: the socket is bound to loopback, the Host header must
 * name loopback (a web page that rebinds its DNS name to 127.0.0.1 still sends its own name), and a browser's request
 * must come from the API's own origin. With a token every request but the health check must carry it.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { WeftError } from '#protocol/errors.ts'
import { HttpError } from './problem.ts'

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]', '::1'])

/** True if only this machine reaches `host`. */
function isLoopback(host: string): boolean {
  return LOOPBACK_NAMES.has(host) || /^127(\.\d{1,3}){3}$/.test(host)
}

/** CONFIG_INVALID for an address that other machines reach, unless there is a token (at least 16 characters). */
export function checkBinding(options: { readonly host: string; readonly token?: string | undefined }): void {
  const { host, token } = options
  if (token !== undefined && token.length < 16)
    throw new WeftError('CONFIG_INVALID', 'the API token is shorter than 16 characters')
  if (token === undefined && !isLoopback(host)) {
    throw new WeftError('CONFIG_INVALID', `the API would be open to other machines on ${host} without a token`, {
      data: { next: 'set WEFT_TOKEN, or leave the API on 127.0.0.1' },
    })
  }
}

/** Refuses requests that come through another name or from another origin. */
export function guardOrigin(options: {
  readonly host: string
  readonly token?: string | undefined
}): MiddlewareHandler {
  return async (c, next) => {
    const host = c.req.header('host') ?? ''
    const name = hostName(host)
    if (options.token === undefined && name !== options.host && !isLoopback(name))
      throw new HttpError(403, 'UNAUTHORISED', 'the Host header does not name this machine')
    const origin = c.req.header('origin')
    if (origin !== undefined && origin !== `http://${host}` && origin !== `https://${host}`)
      throw new HttpError(403, 'UNAUTHORISED', 'requests of other web pages are refused')
    if (c.req.header('sec-fetch-site') === 'cross-site')
      throw new HttpError(403, 'UNAUTHORISED', 'requests of other web pages are refused')
    await next()
  }
}

/** Requires `Authorization: Bearer <token>`, compared in constant time. */
export function requireToken(token: string): MiddlewareHandler {
  const wanted = digest(token)
  return async (c, next) => {
    const given = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '')?.[1] ?? ''
    if (!timingSafeEqual(digest(given), wanted)) throw new HttpError(401, 'UNAUTHORISED', 'this API needs its token')
    await next()
  }
}

function hostName(host: string): string {
  return host.replace(/:\d{1,5}$/, '').toLowerCase()
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
