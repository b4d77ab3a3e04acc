/** Answers in JSON or bytes, and work that ends with its request. */
import { WeftError } from '#protocol/errors.ts'
import { bounds } from './bounds.ts'

/** Version of the shape of every JSON answer. */
const SCHEMA_VERSION = 1

/** `value` as a JSON answer that begins with `schemaVersion`, unless it is a document of a format of its own. */
export function reply(value: object, { status, bare }: { readonly status: number; readonly bare?: true }): Response {
  const text = JSON.stringify(bare === true ? value : { schemaVersion: SCHEMA_VERSION, ...value })
  return new Response(text, { status, headers: { 'content-type': 'application/json', 'cache-control': 'no-store' } })
}

/** Content of strangers: never run by a browser. */
export function binary(bytes: Uint8Array, etag?: string): Response {
  const headers = new Headers({
    'content-type': 'application/octet-stream',
    'content-disposition': 'attachment',
    'x-content-type-options': 'nosniff',
  })
  if (etag !== undefined) headers.set('etag', etag)
  return new Response(new Uint8Array(bytes), { headers })
}

/**
 * Runs `work` until it ends, `closed` is aborted (the client closed the connection), or it takes too long (TIMEOUT).
 * The signal tells the work. Without `closed` it is not tied to a request.
 */
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
