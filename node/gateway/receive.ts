/** Requests in: path, query, headers and body as the route's shapes make them, or an error that says what is wrong. */
import type { Context } from 'hono'
import type { z } from 'zod'
import { type ErrorCode, errorCodes, WeftError } from '#protocol/errors.ts'
import { apiBounds } from '../api/bounds.ts'
import type { RouteData } from '../api/route.ts'
import { readBody } from './body.ts'

/** A request whose parts fit the route's shapes; `undefined` where the route has none. */
export interface ReceivedParts {
  readonly params: unknown
  readonly query: unknown
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: unknown
}

/** The request. A shape that names a code for what it refuses has that code answered, all else is USAGE. */
export async function receive(c: Context, route: RouteData): Promise<ReceivedParts> {
  const { params, query, body, headers = {}, bodyBytesMax = apiBounds.bodyBytes } = route
  return {
    params: params && parse(params, c.req.param(), (name, wrong) => `"${printable(c.req.param(name))}" ${wrong}`),
    query: query && parse(query, c.req.query(), (name, wrong) => `${name || 'query'}: ${wrong}`),
    headers: Object.fromEntries(Object.keys(headers).map((name) => [name, c.req.header(name)])),
    body: body && parse(body, await readBody(c, bodyBytesMax), bodyMessage),
  }
}

function bodyMessage(name: string, wrong: string): string {
  return `the body is not as expected: ${name} ${wrong}`
}

function parse<T>(shape: z.ZodType<T>, value: unknown, message: (name: string, wrong: string) => string): T {
  const parsed = shape.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw new WeftError(codeOf(issue), message(issue?.path.join('.') ?? '', issue?.message ?? 'not understood'))
}

function codeOf(issue: z.core.$ZodIssue | undefined): ErrorCode {
  const code: unknown = issue?.code === 'custom' ? issue.params?.['code'] : undefined
  return typeof code === 'string' && isErrorCode(code) ? code : 'USAGE'
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCodes, code)
}

/** What a stranger wrote, short enough and without control characters. */
function printable(value: string | undefined): string {
  return (value ?? '').slice(0, 64).replace(/[^\x20-\x7e]/g, '?')
}
