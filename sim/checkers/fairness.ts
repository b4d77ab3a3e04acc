/**
 * Fairness: where all peers are alike and nothing fails, the work is spread: nobody gets twice the mean, nobody
 * nothing.
 */
import type { PeerKey } from '#protocol/wire/keys.ts'
import type { Checker } from './checker.ts'

/** Seats per peer from which on the spread says something. */
const SEATS_EACH = 12

export function fairness(alike: boolean): Checker {
  const seats = new Map<PeerKey, number>()
  return {
    property: 'fairness',
    *entry({ before, after }) {
      if (!alike) return
      for (const job of after.jobs.values()) {
        const earlier = before.jobs.get(job.id)?.seats ?? []
        for (const { peer, fence } of job.seats) {
          const known = earlier.some((seat) => seat.peer === peer && seat.fence === fence)
          if (fence > 0 && !known) seats.set(peer, (seats.get(peer) ?? 0) + 1)
        }
      }
    },
    *end({ world }) {
      const all = world.peers.map((peer) => seats.get(peer.endpoint.key) ?? 0)
      const mean = all.reduce((sum, count) => sum + count, 0) / all.length
      if (!alike || mean < SEATS_EACH) return
      const most = Math.max(...all)
      const least = Math.min(...all)
      if (most > 2 * mean || least < mean / 4) {
        yield `of ${Math.round(mean)} seats a peer on average one got ${most} and one ${least}`
      }
    },
  }
}
