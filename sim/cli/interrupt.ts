/**
 * Ctrl-C as a signal: the run stops where it is and what there is gets written; a second one a while later ends the
 * process.
 */
const SAME_SIGNAL_MS = 1_000

export function onInterrupt(): { readonly signal: AbortSignal; readonly off: () => void } {
  const control = new AbortController()
  let firstMs: number | undefined
  const listener = (): void => {
    if (firstMs !== undefined && performance.now() - firstMs > SAME_SIGNAL_MS) process.exit(130)
    firstMs ??= performance.now()
    control.abort()
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
