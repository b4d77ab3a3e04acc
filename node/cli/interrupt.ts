/** Ctrl-C as a signal that work can wait for. */
import { failure } from './errors.ts'

/** Aborts with INTERRUPTED on SIGINT or SIGTERM; a second one ends the process at once. `off` lets go of the signals. */
export function onInterrupt(): { readonly signal: AbortSignal; readonly off: () => void } {
  const control = new AbortController()
  let count = 0
  const listener = (): void => {
    if (++count > 1) process.exit(130)
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
