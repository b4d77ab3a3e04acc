/** Public nodes count questions: who asks too often gets 429, and is answered a moment later. */

const PAUSE_MS = 500
const PAUSE_MAX_MS = 8_000
const ATTEMPTS = 7

/**
 * `fetch`, asked again with growing pauses, for some 25 s in all, while the answer is 429; longer only if the node itself says so with Retry-After, 8 s a
 * time at most. The last answer is the caller's, whatever it is. Each attempt ends after `timeoutMs`.
 */
export async function politeFetch(url: string, init: RequestInit, timeoutMs: number): Promise<Response> {
  for (let attempt = 1, pauseMs = PAUSE_MS; ; attempt++, pauseMs = Math.min(2 * pauseMs, PAUSE_MAX_MS)) {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) })
    if (response.status !== 429 || attempt === ATTEMPTS) return response
    await response.arrayBuffer().catch(() => undefined)
    const asked = Number(response.headers.get('retry-after') ?? 0) * 1_000
    const waitMs = Math.min(PAUSE_MAX_MS, Math.max(pauseMs, Number.isFinite(asked) ? asked : 0))
    await new Promise((resolve) => setTimeout(resolve, waitMs))
  }
}
