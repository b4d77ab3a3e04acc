/**
 * L1 for the replicas: once the faults are over, an honest replica that stays up keeps its work: its seat is not taken
 * while it runs or after it committed, and no job is judged without its result. And where nothing is wrong from the
 * beginning, every job that fits completes.
 */
import type { JobRecord, Seat } from '#protocol/account/state.ts'
import type { CertifiedEntry } from '../world/certified-entry.ts'
import type { SimPeer } from '../world/peer.ts'
import type { World } from '../world/world.ts'
import type { Checker } from './checker.ts'

/** A replica that was not heard says it again after 5 s at most. */
const HEARD_MS = 8_000

export function workKept(world: World): Checker {
  /** Peer → when its process began its present life. */
  const since = new Map<SimPeer, { life: number; ms: number }>()
  const calmMs = world.scenario.for + HEARD_MS
  const troubled = new Set(
    Array.isArray(world.scenario.faults)
      ? world.scenario.faults.flatMap((fault) =>
          'peer' in fault && fault.kind !== 'crash' ? [fault.peer % world.peers.length] : [],
        )
      : [],
  )

  /**
   * True if it has been up since the faults ended and never was made to behave, to read its clock or to write its disk
   * in a strange way.
   */
  function reliable(key: string): boolean {
    const peer = world.peers.find(({ endpoint }) => endpoint.key === key)
    if (peer === undefined || !peer.up || !peer.honest || peer.temper !== 'honest') return false
    const upSince = since.get(peer)
    return upSince?.life === peer.life && upSince.ms <= world.scenario.for && !troubled.has(peer.options.index)
  }

  return {
    property: 'L1',
    heard(peer) {
      if (since.get(peer)?.life !== peer.life) since.set(peer, { life: peer.life, ms: world.nowMs })
      return []
    },
    *entry(certified) {
      if (certified.atMs < calmMs) return
      for (const [job, before] of changed(certified)) {
        for (const seat of before.seats) if (reliable(seat.peer)) yield* kept(certified, { job, before, seat })
      }
    },
    *end() {
      const { faults, attackers, depositMicro, hardware } = world.scenario
      const calm = (faults === 'none' || faults.length === 0) && Object.keys(attackers).length === 0
      if (!calm || depositMicro < 1_000_000_000 || hardware.slots[0] === 0) return
      for (const job of world.client.jobs.values()) {
        if (job.state === 'failed' && job.spec.replicas <= world.peers.length)
          yield `job ${job.number} failed although nothing was wrong`
      }
    },
  }
}

function* changed({ before, after }: CertifiedEntry): Iterable<[JobRecord, JobRecord]> {
  for (const job of after.jobs.values()) {
    const earlier = before.jobs.get(job.id)
    if (earlier !== undefined && earlier !== job && earlier.phase !== 'closed') yield [job, earlier]
  }
}

function* kept(
  { height }: CertifiedEntry,
  { job, before, seat }: { job: JobRecord; before: JobRecord; seat: Seat },
): Iterable<string> {
  const now = job.seats.find((other) => other.peer === seat.peer && other.fence === seat.fence)
  if (job.phase !== 'closed') {
    if (seat.role === 'committed' && now === undefined) yield `a replica that had committed lost its seat at ${height}`
    if (seat.role === 'running' && now === undefined && before.phase === 'running')
      yield `a replica at work lost its seat at height ${height}`
    return
  }
  if (seat.role === 'committed' && now?.result === null && (job.outcome?.verdict ?? null) !== null)
    yield `a job was judged at height ${height} without a replica that had committed`
}
