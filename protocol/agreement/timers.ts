/**
 * How long this witness waits: for a view to end, and before it repeats itself. Both grow with what recent heights
 * taught.
 */
import { limits } from '../limits.ts'
import type { Instance } from './instance.ts'

/**
 * Something waits here: starts the timers that are not running. Above view 0 the view's own timer starts only when q
 * witnesses are known to be in this view or beyond it (Castro and Liskov, OSDI 1999, section 4.5.2): a witness that
 * is cut off stays where it is instead of running ahead of the others, whose equal timers would never catch up with
 * it.
 */
export function armTimer(instance: Instance, nowMs: number): void {
  instance.repeating.atMs ??= nowMs + repeatDelayMs(instance)
  if (instance.view.number > 0) armViewTimer(instance, nowMs)
  else instance.view.deadlineMs ??= nowMs + viewTimeoutMs(instance, 0)
}

/** Above view 0: starts the view's timer, if it is not running, once q witnesses have come this far. */
export function armViewTimer(instance: Instance, nowMs: number): void {
  const { view } = instance
  if (view.number === 0 || view.deadlineMs !== undefined) return
  let here = 0
  for (const change of view.changes.values()) if (change.view >= view.number) here++
  if (here >= instance.position.committee.q) view.deadlineMs = nowMs + viewTimeoutMs(instance, view.number)
}

/**
 * How long this witness waits in `view` before it asks for the next leader: doubles per view, up to
 * `limits.viewTimerMaxMs`.
 */
export function viewTimeoutMs({ patience }: Pick<Instance, 'patience'>, view: number): number {
  return Math.min(limits.viewTimerMs * 2 ** Math.min(view + patience, 20), limits.viewTimerMaxMs)
}

/** How long this witness waits before it repeats itself: longer each time, for what is late is rarely lost. */
export function repeatDelayMs({ patience, repeating }: Pick<Instance, 'patience' | 'repeating'>): number {
  return limits.resendMs * 2 ** Math.min(patience + repeating.count, limits.resendDoublingsMax)
}
