/** B1 for attempts: a peer that says no to its tickets gets so many of one job and no more. */
import { limits } from '#protocol/limits.ts'
import type { Checker } from './checker.ts'

export function tickets(): Checker {
  const given = new Map<string, number>()
  return {
    property: 'B1',
    *entry({ height, after }) {
      for (const job of after.jobs.values()) {
        for (const { peer, fence } of job.seats) {
          if (fence !== height) continue
          const name = `${job.id}/${peer}`
          const count = (given.get(name) ?? 0) + 1
          given.set(name, count)
          if (count > limits.attemptsPerJob)
            yield `a peer has had more than ${limits.attemptsPerJob} tickets of one job`
        }
      }
    },
  }
}
