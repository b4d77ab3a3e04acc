/** Errors as RFC 9457 `application/problem+json`, with Weft's stable code, the next step and the request's id. */
import { type ErrorCode, errorCodes, WeftError } from '#protocol/errors.ts'

/** What a client gets with every status of 400 and above. */
export interface Problem {
  /** `urn:weft:error:<code>`. */
  readonly type: string
  readonly title: string
  readonly status: number
  readonly detail: string
  readonly code: ErrorCode
  /** The next step that a user can take. */
  readonly hint: string
  readonly requestId: string
}

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

/** HTTP status of a code; 422 for what was understood and refused. */
function statusOf(code: ErrorCode): number {
  return STATUS[code] ?? 422
}
