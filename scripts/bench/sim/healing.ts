/** Replicas that die, and peers that only pause. */
import type { JobRecord } from '#protocol/account/state.ts'
import { drawCommittee } from '#protocol/membership/committee.ts'
import { simulate } from '#sim/simulate.ts'
import type { SimPeer } from '#sim/world/peer.ts'
import { chanceFrom } from '#sim/world/random.ts'
import type { World } from '#sim/world/world.ts'
import { medianOf, percentile, type Row, round } from '../row.ts'
import { figure, scenario } from './rows.ts'

const PEERS = 60
const JOBS = 12
const EVERY_MS = 3_000
const RUN_MS = 16_000
/** A victim dies within this time after all replicas began: also before anybody knows how regular it is. */
const DIES_MS = 6_000
const SLOTS = 4

/** Times from the death of a replica's machine. */
export interface Healing {
  /** Until its seat is taken from it. */
  readonly foundMs: readonly number[]
  /** Until another peer runs in its place. */
  readonly replacedMs: readonly number[]
  readonly rows: readonly Row[]
}

export async function replacement({ seeds }: { seeds: number }): Promise<Healing> {
  const foundMs: number[] = []
  const replacedMs: number[] = []
  for (let seed = 1; seed <= seeds; seed++) {
    const chance = chanceFrom(seed, 'deaths')
    const deaths = new Map<string, { atMs: number; peer: string; found: boolean; replaced: boolean }>()
    await simulate({
      scenario: workOf(seed),
      observe: ({ world }) => ({
        certified: ({ after, atMs }) => {
          for (const job of after.jobs.values()) {
            const death = deaths.get(job.id)
            const victim = runningIn(job)[seed % 3]
            if (death === undefined && victim !== undefined && runningIn(job).length === 3) {
              const coming = { atMs: Number.POSITIVE_INFINITY, peer: victim, found: false, replaced: false }
              deaths.set(job.id, coming)
              world.time.after(chance.int(1, DIES_MS) * 1_000, () => {
                if (kill(world, victim)) coming.atMs = world.nowMs
              })
            }
            if (death === undefined || atMs <= death.atMs || seated(job, death.peer)) continue
            if (!death.found) foundMs.push(atMs - death.atMs)
            death.found = true
            if (death.replaced || busyIn(job).length < 3) continue
            replacedMs.push(atMs - death.atMs)
            death.replaced = true
          }
        },
      }),
    })
  }
  const name = 'a dead replica is replaced'
  const taken = `p50 ${round(medianOf(foundMs))} ms, p99 ${round(percentile(foundMs, 0.99))} ms`
  const note = `${PEERS} peers in six regions; its seat is taken from it after ${taken}: when its renewals did not come`
  const spread = `${round(Math.min(...replacedMs))}..${round(Math.max(...replacedMs))} of ${replacedMs.length}`
  const rows = [
    figure(`${name}: p50`, { value: medianOf(replacedMs), unit: 'ms', goal: 2_000, less: true, spread, note }),
    figure(`${name}: p99 (baseline: p50)`, {
      value: percentile(replacedMs, 0.99),
      unit: 'ms',
      goal: 5_000,
      less: true,
      spread,
      baseline: medianOf(replacedMs),
    }),
  ]
  return { foundMs, replacedMs, rows }
}

/**
 * Pauses of any peers, up to one and a half times as long as a death takes to be found. A false death is a replica that
 * loses its seat although it was never silent for so long. The baseline is one observer with a plain timeout of the
 * same detection time: back from a longer pause it takes every replica that it watches for dead.
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
    const chance = chanceFrom(seed, 'pauses')
    /** Until when a peer was silent for long. */
    const silentMs = new Map<string, number>()
    await simulate({
      scenario: workOf(seed),
      observe: ({ world, reference }) => {
        const pause = (): void => {
          const peer = chance.pick(world.peers)
          const forMs = (chance.int(1, 15) * detectionMs) / 10
          pauses++
          peer.pause(forMs * 1_000)
          if (forMs < detectionMs) return
          silentMs.set(peer.endpoint.key, world.nowMs + forMs + detectionMs)
          world.time.after(forMs * 1_000, () => {
            for (const state of reference.states()) {
              if (!watches(world, peer, state.account)) continue
              for (const job of state.jobs.values())
                plain += runningIn(job).filter((other) => other !== peer.endpoint.key).length
            }
          })
        }
        for (let atMs = 3_000; atMs < world.scenario.for; atMs += 100) world.time.at(atMs * 1_000, pause)
        return {
          certified: ({ before, after, atMs }) => {
            for (const job of after.jobs.values()) {
              if (job.phase === 'closed') continue
              for (const peer of runningIn(before.jobs.get(job.id))) {
                if (!seated(job, peer) && atMs > (silentMs.get(peer) ?? 0)) ours++
              }
            }
          },
        }
      },
    })
  }
  const name = 'false deaths per pause (baseline: an observer with a plain timeout of the same detection time)'
  yield figure(name, {
    value: ours / Math.max(1, pauses),
    unit: '',
    goal: round(plain / 10 / Math.max(1, pauses)),
    less: true,
    baseline: plain / Math.max(1, pauses),
    note: `${ours} beside ${plain} in ${pauses} pauses of up to ${round(1.5 * detectionMs)} ms`,
  })
}

function workOf(seed: number): ReturnType<typeof scenario> {
  return scenario({
    seed,
    peers: PEERS,
    wallets: 5,
    for: 2_000 + JOBS * EVERY_MS,
    settle: 25_000,
    hardware: { slots: [SLOTS, SLOTS], speedMilli: [1_000, 1_000], pricePerSecond: [1_000, 1_000] },
    jobs: Array.from({ length: JOBS }, (_, i) => ({ at: 2_000 + i * EVERY_MS, run: RUN_MS, wallet: i % 5 })),
  })
}

function watches(world: World, peer: SimPeer, account: string): boolean {
  const view = world.chain.view(world.chain.epoch)
  return view !== undefined && drawCommittee(view, account).witnesses.includes(peer.endpoint.key)
}

function seated(job: JobRecord, peer: string): boolean {
  return job.seats.some((seat) => seat.peer === peer)
}

/** Peers that run the job, or did and are done. */
function busyIn(job: JobRecord): string[] {
  return job.seats.filter(({ role }) => role !== 'offered' && role !== 'standby').map((seat) => seat.peer)
}

function runningIn(job: JobRecord | undefined): string[] {
  return job?.seats.filter((seat) => seat.role === 'running').map((seat) => seat.peer) ?? []
}

/** Its machine loses power, and comes back long after its lease. */
function kill(world: World, key: string): boolean {
  const endpoint = world.net.find(key)
  if (endpoint === undefined || !world.peer(endpoint.index).up) return false
  world.peer(endpoint.index).crash()
  world.time.after(10_000_000, () => world.restart(endpoint.index))
  return true
}
