/** Errors as RFC 9457 `application/problem+json`, with Weft's stable code, the next step and the request's id. */
import { type ErrorCode, errorCodes, WeftError } from '#protocol/errors.ts'
import { type Problem, statusOf } from '../api/problem.ts'

/** A WeftError whose HTTP status differs from that of its code. */
export class HttpError extends WeftError {
  readonly status: number

  constructor(status: number, code: ErrorCode, message: string) {
    super(code, message)
    this.status = status
  }
}

/** The problem that `error` is to a client. Anything but a WeftError is INTERNAL, and its text stays here. */
export function problemOf(error: unknown, requestId: string): Problem {
  const known =
    error instanceof WeftError ? error : new WeftError('INTERNAL', 'the daemon could not answer; its log says why')
  const { means, next } = errorCodes[known.code]
  const hint = typeof known.data['next'] === 'string' ? known.data['next'] : next
  return {
    type: `urn:weft:error:${known.code}`,
    title: means,
    status: known instanceof HttpError ? known.status : statusOf(known.code),
    detail: known.message,
    code: known.code,
    hint,
    requestId,
  }
}

/** `problem` as a response. */
export function problemResponse(problem: Problem): Response {
  const headers: Record<string, string> = {
    'content-type': 'application/problem+json',
    'x-request-id': problem.requestId,
  }
  if (problem.status === 401) headers['www-authenticate'] = 'Bearer'
  return new Response(JSON.stringify(problem), { status: problem.status, headers })
}
