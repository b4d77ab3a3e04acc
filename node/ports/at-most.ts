/**
 * Runs `work` with a signal that aborts with `signal`, or after `ms` with a `TimeoutError`. Settles as `work` does: it
 * is `work` that must heed the signal. Not `AbortSignal.any` over `AbortSignal.timeout`: Node 20 collects a timeout
 * that nothing else refers to, and then it never comes.
 */
export async function atMost<T>(
  ms: number,
  signal: AbortSignal,
  work: (limited: AbortSignal) => Promise<T>,
): Promise<T> {
  const control = new AbortController()
  const abort = (): void => control.abort(signal.reason)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  const timer = setTimeout(() => control.abort(new DOMException(`nothing within ${ms} ms`, 'TimeoutError')), ms)
  try {
    return await work(control.signal)
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  }
}
