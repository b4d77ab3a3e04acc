/** Ctrl-C as a signal that work can wait for. */
import { failure } from './errors.ts'

/** One Ctrl-C may arrive twice: from the terminal, and passed on by `npm` or a script. */
const SAME_SIGNAL_MS = 1_000

/** Counts as a second request to stop, which ends the process at once, only if it comes a while after the first. */
export function stopTwice(firstMs: number | undefined): void {
  if (firstMs !== undefined && performance.now() - firstMs > SAME_SIGNAL_MS) process.exit(130)
}

/** Aborts with INTERRUPTED on SIGINT or SIGTERM; a later one ends the process at once. `off` lets go of the signals. */
export function onInterrupt(): { readonly signal: AbortSignal; readonly off: () => void } {
  const control = new AbortController()
  let firstMs: number | undefined
  const listener = (): void => {
    stopTwice(firstMs)
    firstMs ??= performance.now()
    control.abort(failure('INTERRUPTED', 'you stopped it', 'weft --help'))
  }
  process.on('SIGINT', listener)
  process.on('SIGTERM', listener)
  return {
    signal: control.signal,
    off: () => {
      process.off('SIGINT', listener)
      process.off('SIGTERM', listener)
    },
  }
}

/** Resolves when `signal` aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
