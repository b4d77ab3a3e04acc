/**
 * What every request may be answered instead: RFC 9457 `application/problem+json`, with Weft's stable code and the next
 * step.
 */
import { z } from 'zod'
import type { ErrorCode } from '#protocol/errors.ts'
import type { Shape } from './route.ts'
import { int } from './shapes.ts'

/** The problem document as a client parses it: codes of later versions are text to it. */
export const problemSchema = z
  .object({
    type: z.string().describe('urn:weft:error: and the code.'),
    title: z.string().describe('What the code means.'),
    status: int.describe('The HTTP status again.'),
    detail: z.string().describe('What went wrong this time, in a sentence.'),
    code: z.string().describe('A stable code: see protocol/errors.ts.'),
    hint: z.string().describe('The next step that a user can take.'),
    requestId: z.string().describe('What the daemon’s log calls this request.'),
  })
  .meta({ id: 'Problem' })

/** What a client gets with every status of 400 and above; the server's own codes are known ones. */
export type Problem = Shape<typeof problemSchema> & { readonly code: ErrorCode }

/** Codes that any route may answer: a request in the wrong shape, a missing token, no answer in time, a bug. */
export const commonErrors: readonly ErrorCode[] = ['USAGE', 'UNAUTHORISED', 'TIMEOUT', 'INTERNAL']

const STATUS: Readonly<Partial<Record<ErrorCode, number>>> = {
  USAGE: 400,
  JOB_MALFORMED: 400,
  ENGINE_UNKNOWN: 400,
  INPUT_MISSING: 400,
  JOB_TOO_LARGE: 413,
  CONFIG_INVALID: 400,
  TOKEN_INVALID: 400,
  INTERNAL: 500,
  STORE_LOCKED: 503,
  STORE_CORRUPT: 500,
  UNAUTHORISED: 403,
  NOT_PERMITTED: 403,
  JOB_ENDED: 409,
  NOT_A_MEMBER: 403,
  NOT_FOUND: 404,
  NO_COMMITTEE: 503,
  FUNDS_STALE: 503,
  TIMEOUT: 504,
  SEQ_TAKEN: 409,
  SEQ_REPLAYED: 409,
  CREDITS_SHORT: 402,
  AUTHORISATION_SHORT: 402,
  ACCOUNT_FULL: 429,
  CERTIFICATE_BAD: 502,
}

/** HTTP status of a code: one from 400 to 599; 422 for what was understood and refused. */
export function statusOf(code: ErrorCode): number {
  return STATUS[code] ?? 422
}
