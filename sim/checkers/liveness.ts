/**
 * L1, L2 and S7 at the end: 30 virtual seconds after the faults ended, everything that was posted has an answer, and
 * what was acknowledged is in the log and has ended, unless a replica is running or revealing it within its time or its
 * deadline may still end it.
 */
import { runUntilMs } from '#protocol/account/replace.ts'
import type { JobRecord } from '#protocol/account/state.ts'
import { limits } from '#protocol/limits.ts'
import { EPOCH_MS } from '../world/timeline.ts'
import type { Checker, Simulation } from './checker.ts'

/** Virtual time after healing in which everything must be done. */
const LIVENESS_MS = 30_000
/** Time in which a replica learns that its job is over. */
const QUIET_MS = 15_000
/** Time for the entry that ends a reveal whose time is over. */
const REVEALED_MS = 2_000
/** A job that could not be placed is looked at again after this time at the latest. */
const SLACK_MS = limits.unplaceableGraceMs + limits.deferMs

export function liveness(): Checker {
  let lastEntryMs = 0
  let lastOpenMs = 0
  return {
    property: 'L1',
    entry({ before, atMs }) {
      lastEntryMs = atMs
      if ([...before.jobs.values()].some((job) => job.phase !== 'closed')) lastOpenMs = atMs
      return []
    },
    *end({ world, reference }) {
      if (world.nowMs < world.scenario.for + LIVENESS_MS) return
      const jobs = [...world.client.jobs.values()]
      if (jobs.every((job) => job.closedMs !== undefined && job.closedMs < world.nowMs - QUIET_MS)) {
        for (const peer of world.peers) {
          if (peer.up && peer.honest && peer.freeSlots < peer.options.slots)
            yield `${peer.name} still holds slots of jobs that are over`
        }
      }
      if (jobs.every((job) => job.closedMs !== undefined) && lastEntryMs > lastOpenMs + QUIET_MS) {
        yield 'the log goes on although nothing is open'
      }
      for (const job of jobs) {
        if (job.rejected !== '' || job.postedMs > world.nowMs - LIVENESS_MS) continue
        const record = reference.stateOf(job.spec.account)?.jobs.get(job.id)
        if (job.acknowledgedMs === undefined && job.closedMs === undefined) {
          const where = record === undefined ? 'and is in no log' : `in phase ${record.phase}`
          yield `job ${job.number} has no answer ${where}`
        } else if (job.closedMs === undefined && !mayGoOn(record, { world, reference })) {
          yield `job ${job.number} is still ${record?.phase ?? 'unknown'}`
        }
      }
    },
  }
}

/** S7: an acknowledged job is in the certified log at that moment. */
export const acknowledged: Checker = {
  property: 'S7',
  *end({ world, reference }) {
    for (const job of world.client.jobs.values()) {
      if (job.acknowledgedMs === undefined || job.closedMs !== undefined) continue
      const record = reference.stateOf(job.spec.account)?.jobs.get(job.id)
      if (record === undefined) yield `job ${job.number} was acknowledged and is in no log`
    }
  },
}

/**
 * True while a replica runs it within its time, the reveal that follows is not over, or too few peers are there and
 * free for it: then only its deadline ends it.
 */
function mayGoOn(record: JobRecord | undefined, { world }: Simulation): boolean {
  if (record === undefined) return false
  const now = EPOCH_MS + world.nowMs
  const busy = (key: string): boolean =>
    world.peers.some((peer) => peer.endpoint.key === key && peer.up && peer.freeSlots < peer.options.slots)
  const runs = (seat: JobRecord['seats'][number]): boolean =>
    seat.role === 'running' && now < runUntilMs(record, seat) + SLACK_MS
  if (record.phase === 'revealing' && now < record.revealMs + limits.revealTimeoutMs + REVEALED_MS) return true
  if (record.seats.some((seat) => seat.role === 'offered' && now < seat.sinceMs + SLACK_MS)) return true
  if (record.seats.some((seat) => runs(seat) && busy(seat.peer))) return true
  // In a network that is too small it fails at once; one whose peer is away has been told that it is there, and waits
  // for it.
  const free = world.peers.filter((peer) => peer.up && peer.freeSlots > 0).length
  const full = world.peers.length >= record.spec.replicas && free < record.spec.replicas
  return full && now <= record.spec.deadlineMs + SLACK_MS
}
