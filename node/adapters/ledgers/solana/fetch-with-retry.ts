/** Requests to public nodes, which count them: who asks too often gets 429, and is answered a moment later. */

const PAUSE_MS = 500
const PAUSE_MAX_MS = 8_000
const ATTEMPTS = 7

/** How long is waited for an answer. */
export interface FetchOptions {
  /** Each attempt ends after so long. */
  readonly timeoutMs: number
  /** Ends everything at once. */
  readonly signal?: AbortSignal | undefined
}

/**
 * `fetch`, asked again with growing pauses, for some 25 s in all, while the answer is 429; longer only if the node
 * itself says so with Retry-After, 8 s a time at most. The last answer is the caller's, whatever it is.
 */
export async function fetchWithRetry(
  url: string,
  init: RequestInit,
  { timeoutMs, signal }: FetchOptions,
): Promise<Response> {
  for (let attempt = 1, pauseMs = PAUSE_MS; ; attempt++, pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS)) {
    const response = await fetchWithin(url, init, { timeoutMs, signal })
    if (response.status !== 429 || attempt === ATTEMPTS) return response
    const asked = Number(response.headers.get('retry-after') ?? 0) * 1_000
    const waitMs = Math.min(PAUSE_MAX_MS, Math.max(pauseMs, Number.isFinite(asked) ? asked : 0))
    await pause(waitMs, signal)
    signal?.throwIfAborted()
  }
}

/** The whole answer, read within the time. */
async function fetchWithin(url: string, init: RequestInit, { timeoutMs, signal }: FetchOptions): Promise<Response> {
  const control = new AbortController()
  const abort = (): void => control.abort(signal?.reason)
  if (signal?.aborted) abort()
  signal?.addEventListener('abort', abort, { once: true })
  const timer = setTimeout(() => control.abort(new Error(`no answer within ${timeoutMs / 1_000} s`)), timeoutMs)
  try {
    const response = await fetch(url, { ...init, signal: control.signal })
    const { status, statusText, headers } = response
    return new Response(await response.arrayBuffer(), { status, statusText, headers })
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })
}
