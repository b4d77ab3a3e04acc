/**
 * What every request may be answered instead: RFC 9457 `application/problem+json`, with Weft's stable code and the next
 * step.
 */
import { z } from 'zod'
import { type ErrorCode, errorCodes } from '#protocol/errors.ts'
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

/** HTTP status of a code, 400 to 599: what `protocol/errors.ts` says of it. */
export function statusOf(code: ErrorCode): number {
  return errorCodes[code].status
}
