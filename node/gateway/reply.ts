/** JSON answers, and work that ends with its request. */
import type { Context } from 'hono'
import { WeftError } from '#protocol/errors.ts'
import { bounds } from './bounds.ts'

/** Version of the shape of every JSON answer. */
const SCHEMA_VERSION = 1

/** `value` as a JSON answer beginning with `schemaVersion`; bigints become decimal text. */
export function reply(value: object, status = 200): Response {
  const text = JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...value }, (_, item: unknown) =>
    typeof item === 'bigint' ? item.toString() : item,
  )
  return new Response(text, { status, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' } })
}

/**
 * Runs `work` until it ends, the client closes the connection, or the answer takes too long (TIMEOUT). The signal tells the work.
 */
export async function answer<T>(c: Context, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  return within(c.req.raw.signal, work)
}

/** {@link answer} for work that is not tied to a request: `closed` may be left out. */
export async function within<T>(
  closed: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  timeoutMs: number = bounds.answerTimeoutMs,
): Promise<T> {
  const control = new AbortController()
  const late = new WeftError('TIMEOUT', `no answer from the other peers within ${timeoutMs / 1_000} s`)
  const timer = setTimeout(() => control.abort(late), timeoutMs)
  const onClose = (): void => control.abort(new WeftError('INTERRUPTED', 'the client closed the connection'))
  closed?.addEventListener('abort', onClose, { once: true })
  if (closed?.aborted) onClose()
  const ended = new Promise<never>((_, reject) => {
    control.signal.addEventListener('abort', () => reject(control.signal.reason), { once: true })
  })
  try {
    return await Promise.race([work(control.signal), ended])
  } finally {
    clearTimeout(timer)
    closed?.removeEventListener('abort', onClose)
  }
}
