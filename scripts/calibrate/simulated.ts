/**
 * Twenty simulated peers on one machine: the region `local`, with the delays that `sim/world/parameters.ts` has for it.
 */
import { scenarioSchema } from '#sim/scenario.ts'
import { simulate } from '#sim/simulate.ts'
import type { SimPeer } from '#sim/world/peer.ts'
import type { World } from '#sim/world/world.ts'
import type { Measured, Script } from './script.ts'

const FIRST_US = 5_000_000
const OFFER_EVERY_US = 500_000
const JOB_EVERY_MS = 3_000

export async function simulated({ peers, echoes, messages, jobs }: Script): Promise<Measured> {
  const spread: number[] = []
  const placed: number[] = []
  const verified: number[] = []
  const echo: number[] = []
  const published = new Map<string, number>()
  const safeUs = new Map<string, number>()
  const done = new Set<string>()
  const startMs = FIRST_US / 1_000 + (messages * OFFER_EVERY_US) / 1_000
  const scenario = scenarioSchema.parse({
    name: 'calibration',
    peers,
    wallets: 1,
    for: startMs + jobs * JOB_EVERY_MS,
    regions: ['local'],
    clocks: { skewMs: 0, driftPpm: 0 },
    hardware: { slots: [4, 4], speedMilli: [1_000, 1_000], pricePerSecond: [1_000, 1_000] },
    jobs: Array.from({ length: jobs }, (_, i) => ({ at: startMs + i * JOB_EVERY_MS, run: 1, replicas: 3 })),
  })
  const cpuBefore = process.cpuUsage()
  await simulate({
    scenario,
    prepare: (world) => {
      for (let turn = 0; turn < messages; turn++) {
        world.time.at(FIRST_US + turn * OFFER_EVERY_US, () => {
          const author = world.peer(turn % peers)
          published.set(author.endpoint.key, world.time.nowUs)
          author.readvertise()
        })
      }
      for (let turn = 0; turn < echoes; turn++) echo.push(echoOf(world, turn) / 1_000)
    },
    observe: ({ world }) => ({
      heard: (_peer: SimPeer, event) => {
        const atUs = event.type === 'gossip' ? published.get(event.from) : undefined
        const tookUs = world.time.nowUs - (atUs ?? 0)
        if (atUs !== undefined && tookUs < OFFER_EVERY_US && world.nowMs < startMs) spread.push(tookUs / 1_000)
      },
      notice: (_peer, notice) => {
        if (notice.type !== 'receipt') return
        const { id, phase } = notice.receipt.job
        const postedMs = world.client.jobs.get(id)?.postedMs
        if (postedMs === undefined) return
        const { nowUs } = world.time
        if (!safeUs.has(id)) {
          safeUs.set(id, nowUs)
          placed.push(nowUs / 1_000 - postedMs)
        }
        if (phase !== 'closed' || done.has(id)) return
        done.add(id)
        verified.push((nowUs - (safeUs.get(id) ?? nowUs)) / 1_000)
      },
    }),
  })
  const { user, system } = process.cpuUsage(cpuBefore)
  return { spread, echo, placed, verified, cpuPerJobMs: (user + system) / 1_000 / jobs }
}

/** There and back, as the model draws it. */
function echoOf({ net, peers }: World, turn: number): number {
  const [a, b] = [net.endpoints[turn % peers.length], net.endpoints[(turn + 1) % peers.length]]
  if (a === undefined || b === undefined) return Number.NaN
  return net.delayUs(a, b) + net.delayUs(b, a)
}
