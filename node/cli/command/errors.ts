/** Errors for people and scripts: the stable code, what it means, why here, the next command, the exit status. */
import { type ErrorCode, errorCodes, WeftError } from '#protocol/errors.ts'

export interface DescribedError {
  readonly code: ErrorCode
  readonly title: string
  readonly message: string
  /** The next step. */
  readonly hint: string
  readonly exit: number
  readonly requestId?: string
}

/** Anything thrown, described. What is not a WeftError is a bug of ours: INTERNAL. */
export function describeError(error: unknown): DescribedError {
  const known = error instanceof WeftError ? error : internal(error)
  const { means, next, exit } = errorCodes[known.code]
  const { requestId } = known.data
  return {
    code: known.code,
    title: means,
    message: known.message,
    hint: typeof known.data['next'] === 'string' ? known.data['next'] : next,
    exit,
    ...(typeof requestId === 'string' ? { requestId } : {}),
  }
}

/** Exit status of a code. */
export function exitOf(code: ErrorCode): number {
  return errorCodes[code].exit
}

/** A WeftError with the next step that fits better here than the code's own. */
export function failure(code: ErrorCode, message: string, next: string): WeftError {
  return new WeftError(code, message, { data: { next } })
}

function internal(error: unknown): WeftError {
  const text =
    error instanceof Error
      ? process.env['WEFT_DEBUG']
        ? (error.stack ?? error.message)
        : error.message
      : String(error)
  return new WeftError('INTERNAL', text, { cause: error })
}
