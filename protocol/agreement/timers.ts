/** How long this witness waits: for a view to end, and before it says something again. Both grow with what recent heights taught. */
import { limits } from '../limits.ts'
import type { Instance } from './instance.ts'

/**
 * Something waits here: starts the timers that are not running. Above view 0 the view's own timer starts only when q witnesses are
 * known to be in this view or beyond it (Castro and Liskov, section 4.5.2): a witness that is cut off stays where it is instead of
 * running ahead of the others, whose equal timers would never catch up with it.
 */
export function armTimer(instance: Instance, nowMs: number): void {
  instance.resendAtMs ??= nowMs + resendDelayMs(instance)
  if (instance.view > 0) armViewTimer(instance, nowMs)
  else instance.viewDeadlineMs ??= nowMs + viewTimeoutMs(instance, 0)
}

/** Above view 0: starts the view's timer once q witnesses have come this far. */
export function armViewTimer(instance: Instance, nowMs: number): void {
  if (instance.view === 0 || instance.viewDeadlineMs !== undefined) return
  let here = 0
  for (const change of instance.changes.values()) if (change.view >= instance.view) here++
  if (here >= instance.committee.q) instance.viewDeadlineMs = nowMs + viewTimeoutMs(instance, instance.view)
}

/** How long this witness waits in `view` before it asks for the next leader. */
export function viewTimeoutMs({ patience }: Pick<Instance, 'patience'>, view: number): number {
  return Math.min(limits.viewTimerMs * 2 ** Math.min(view + patience, 20), limits.viewTimerMaxMs)
}

/** How long this witness waits before it says again what may have been lost: longer each time, for what is late is rarely lost. */
export function resendDelayMs({ patience, resends }: Pick<Instance, 'patience' | 'resends'>): number {
  return limits.resendMs * 2 ** Math.min(patience + resends, limits.resendDoublingsMax)
}
