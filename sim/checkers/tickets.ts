/**
 * B1 for attempts: a peer that says no to its tickets, or nothing, gets a few of one job, and then not more than one
 * each time that it may have become free.
 */
import { limits } from '#protocol/limits.ts'
import type { Checker } from './checker.ts'

export function tickets(): Checker {
  /** Tickets by job and peer, and the certified time of the first. */
  const given = new Map<string, { count: number; sinceMs: number }>()
  return {
    property: 'B1',
    *entry({ height, after }) {
      for (const job of after.jobs.values()) {
        for (const { peer, fence } of job.seats) {
          if (fence !== height) continue
          const name = `${job.id}/${peer}`
          const { count, sinceMs } = given.get(name) ?? { count: 0, sinceMs: after.timeMs }
          given.set(name, { count: count + 1, sinceMs })
          if (count >= limits.attemptsPerJob + (after.timeMs - sinceMs) / limits.busyDeferMs)
            yield 'a peer that did not take a job gets one ticket of it after another'
        }
      }
    },
  }
}
