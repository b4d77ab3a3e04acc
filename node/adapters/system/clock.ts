/** The machine's clocks. */
import type { Clock } from '#node/ports/clock.ts'

/** Longest delay of a Node timer; a longer one would fire at once. */
const TIMER_MAX_MS = 2 ** 31 - 1

/** Wall and monotonic time of this machine; its timers do not keep the process alive. */
export function createSystemClock(): Clock {
  return {
    wallMs: () => Date.now(),
    monotonicMs: () => Math.floor(performance.now()),
    after: (delayMs, fire) => {
      const timer = setTimeout(fire, Math.min(Math.max(0, delayMs), TIMER_MAX_MS))
      timer.unref()
      return () => clearTimeout(timer)
    },
  }
}
