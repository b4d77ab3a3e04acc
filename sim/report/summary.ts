/** What a run came to: the object that `--json` prints. */
import type { Violation } from '../checkers/checker.ts'
import type { World } from '../world/world.ts'

const SCHEMA_VERSION = 1

/** Result of one run. */
export interface Summary {
  readonly schemaVersion: typeof SCHEMA_VERSION
  readonly scenario: string
  readonly seed: number
  readonly peers: number
  readonly virtualMs: number
  readonly wallMs: number
  readonly events: number
  readonly stateHash: string
  readonly jobs: {
    readonly posted: number
    readonly acknowledged: number
    readonly completed: number
    readonly failed: number
    readonly expired: number
    readonly rejected: number
    readonly open: number
  }
  /** Why jobs were rejected: how many of each code. */
  readonly rejections: Readonly<Record<string, number>>
  /** From posting to the certified end, for completed jobs. */
  readonly latencyMs: { readonly p50: number; readonly p99: number }
  /** Tickets that became active, per closed job. */
  readonly replicasPerJob: number
  readonly violations: readonly Violation[]
}

/** Sums a run up. */
export function summarise(parts: {
  world: World
  violations: readonly Violation[]
  stateHash: string
  wallMs: number
}): Summary {
  const { world, violations, stateHash, wallMs } = parts
  const counts = { completed: 0, failed: 0, expired: 0, rejected: 0, open: 0, acknowledged: 0 }
  const rejections: Record<string, number> = {}
  const latencies: number[] = []
  let tickets = 0
  let closed = 0
  for (const job of world.client.jobs.values()) {
    if (job.acknowledgedMs !== undefined) counts.acknowledged++
    const { state } = job
    if (job.rejected !== '') {
      counts.rejected++
      rejections[job.rejected] = (rejections[job.rejected] ?? 0) + 1
    } else if (job.closedMs === undefined) counts.open++
    else if (state === 'failed' || state === 'cancelled') counts.failed++
    else if (state === 'expired') counts.expired++
    else counts.completed++
    if (job.closedMs !== undefined) {
      closed++
      tickets += job.tickets
      latencies.push(job.closedMs - job.postedMs)
    }
  }
  latencies.sort((a, b) => a - b)
  return {
    schemaVersion: SCHEMA_VERSION,
    scenario: world.scenario.name,
    seed: world.seed,
    peers: world.peers.length,
    virtualMs: world.nowMs,
    wallMs: Math.round(wallMs),
    events: world.time.events,
    stateHash,
    jobs: { posted: world.client.jobs.size, ...counts },
    rejections,
    latencyMs: { p50: percentile(latencies, 0.5), p99: percentile(latencies, 0.99) },
    replicasPerJob: closed === 0 ? 0 : Math.round((tickets / closed) * 1_000) / 1_000,
    violations,
  }
}

/** The `p`-th part of sorted values; 0 of none. */
export function percentile(sorted: readonly number[], p: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? 0
}
