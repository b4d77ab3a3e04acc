/** When the first of `waiting` is due, monotonic; never if nothing waits. */
export function soonestMs(waiting: Iterable<{ readonly atMs: number }>): number {
  let next = Number.POSITIVE_INFINITY
  for (const { atMs } of waiting) next = Math.min(next, atMs)
  return next
}
