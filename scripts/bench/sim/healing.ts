/** Replicas that die, and replicas that only pause. */
import type { JobRecord } from '#protocol/account/state.ts'
import { simulate } from '#sim/simulate.ts'
import type { World } from '#sim/world/world.ts'
import { medianOf, percentile, type Row, round } from '../row.ts'
import { figure, scenario } from './rows.ts'

const PEERS = 60
const JOBS = 20
const RUN_MS = 16_000

/** Time from the death of a replica's machine to the entry in which as many replicas run as before. */
export async function replacement({ seeds }: { seeds: number }): Promise<{ tookMs: number[]; rows: Row[] }> {
  const tookMs: number[] = []
  for (let seed = 1; seed <= seeds; seed++) {
    const died = new Map<string, { atMs: number; peer: string }>()
    await simulate({
      scenario: workOf(seed, []),
      observe: ({ world }) => ({
        certified: ({ after, atMs }) => {
          for (const job of after.jobs.values()) {
            const running = runningIn(job)
            const death = died.get(job.id)
            if (death === undefined && running.length === 3) {
              const victim = running[seed % 3] ?? ''
              died.set(job.id, { atMs: Number.POSITIVE_INFINITY, peer: victim })
              world.time.after(3_000_000, () =>
                kill(world, victim, () => died.set(job.id, { atMs: world.nowMs, peer: victim })),
              )
            }
            if (death !== undefined && atMs > death.atMs && running.length === 3 && !running.includes(death.peer)) {
              tookMs.push(atMs - death.atMs)
              died.set(job.id, { atMs: Number.POSITIVE_INFINITY, peer: '' })
            }
          }
        },
      }),
    })
  }
  const spread = `${round(Math.min(...tookMs))}..${round(Math.max(...tookMs))} of ${tookMs.length}`
  const note = `${PEERS} peers in six regions; until three replicas run again`
  const name = 'a dead replica is replaced'
  return {
    tookMs,
    rows: [
      figure(`${name}: p50`, medianOf(tookMs), 'ms', { goal: 2_000, less: true, spread, note }),
      figure(`${name}: p99 (baseline: p50)`, percentile(tookMs, 0.99), 'ms', {
        goal: 5_000,
        less: true,
        spread,
        baseline: medianOf(tookMs),
      }),
    ],
  }
}

/**
 * Pauses of replicas' machines, up to one and a half times the time in which a death is found: how many of them cost a replica its seat, beside
 * a plain timeout that finds deaths as fast. It takes every longer pause for a death.
 */
export async function* falseDeaths({
  seeds,
  detectionMs,
}: {
  seeds: number
  detectionMs: number
}): AsyncGenerator<Row> {
  let ours = 0
  let plain = 0
  let pauses = 0
  for (let seed = 1; seed <= seeds; seed++) {
    const paused = new Set<string>()
    await simulate({
      scenario: workOf(seed, []),
      observe: ({ world }) => ({
        certified: ({ before, after }) => {
          for (const job of after.jobs.values()) {
            const running = runningIn(job)
            for (const peer of runningIn(before.jobs.get(job.id))) {
              if (job.phase !== 'closed' && !running.includes(peer) && paused.has(`${job.id} ${peer}`)) ours++
            }
            for (const [index, peer] of running.entries()) {
              const name = `${job.id} ${peer}`
              if (paused.has(name) || running.length < 3) continue
              paused.add(name)
              const forMs = ((pauses++ % 15) + 1) * (detectionMs / 10)
              if (forMs > detectionMs) plain++
              world.time.after((2_000 + 1_500 * index) * 1_000, () => {
                const place = world.net.find(peer)
                if (place !== undefined) world.peer(place.index).pause(forMs * 1_000)
              })
            }
          }
        },
      }),
    })
  }
  yield figure(
    'false deaths per pause (baseline: a plain timeout of the same detection time)',
    ours / Math.max(1, pauses),
    '',
    {
      goal: round(plain / 10 / Math.max(1, pauses)),
      less: true,
      baseline: plain / Math.max(1, pauses),
      note: `${ours} of ${pauses} pauses of up to ${round(1.5 * detectionMs)} ms; the timeout: ${plain}`,
    },
  )
}

function workOf(seed: number, faults: readonly object[]): ReturnType<typeof scenario> {
  return scenario({
    seed,
    peers: PEERS,
    wallets: 5,
    for: 2_000 + JOBS * 1_000,
    settle: 30_000,
    hardware: { slots: [2, 4], speedMilli: [1_000, 1_000], pricePerSecond: [1_000, 1_000] },
    jobs: Array.from({ length: JOBS }, (_, i) => ({ at: 2_000 + i * 1_000, run: RUN_MS, wallet: i % 5 })),
    faults,
  })
}

function runningIn(job: JobRecord | undefined): string[] {
  return job?.seats.filter((seat) => seat.role === 'running').map((seat) => seat.peer) ?? []
}

/** Its machine loses power; it comes back long after its lease. */
function kill(world: World, key: string, done: () => void): void {
  const place = world.net.find(key)
  if (place === undefined || !world.peer(place.index).up) return
  done()
  world.peer(place.index).crash()
  world.time.after(15_000_000, () => world.restart(place.index))
}
