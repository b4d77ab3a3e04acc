/**
 * L1 while it lasts: a job that a wallet brought to an honest peer is acknowledged soon, whoever floods the witnesses.
 * Where attackers are all that is wrong, at any time; where faults are, once they are over.
 */
import type { PostedJob } from '../workloads/client.ts'
import type { World } from '../world/world.ts'
import type { Checker } from './checker.ts'

/** A dead leader costs a view change, and some witnesses may be behind. */
const CALM_MS = 6_000
/** After faults: timers have doubled, and what was not heard is said again. */
const HEALED_MS = 15_000

export function admission(world: World): Checker {
  const { faults, for: forMs } = world.scenario
  const isCalm = faults === 'none' || faults.length === 0
  const waits = ({ acknowledgedMs, closedMs, rejected, poster }: PostedJob): boolean =>
    poster >= 0 && acknowledgedMs === undefined && closedMs === undefined && rejected === ''
  return {
    property: 'L1',
    *second() {
      for (const job of world.client.jobs.values()) {
        const untilMs = isCalm ? job.postedMs + CALM_MS : Math.max(job.postedMs, forMs) + HEALED_MS
        if (world.nowMs > untilMs && waits(job)) yield `job ${job.number} is not acknowledged in time`
      }
    },
  }
}
