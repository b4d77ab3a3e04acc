/**
 * Placement decisions per second on one core, over 1,000 offers with a job of three replicas and two standbys. Baseline
 * of the same run: a bare loop of the tie-break's mixing hash over the same offers, the least that any seeded choice
 * must do.
 */

import type { JobSpec } from '#protocol/job/spec.ts'
import type { Offer } from '#protocol/membership/offer.ts'
import { rosterView } from '#protocol/membership/registry.ts'
import type { PlacementRequest } from '#protocol/placement/eligible.ts'
import { foldBytes, mix } from '#protocol/placement/mix.ts'
import { buildOfferTable, type OfferTable } from '#protocol/placement/offer-table.ts'
import { place } from '#protocol/placement/place.ts'
import { policies } from '#protocol/placement/policies.ts'
import { sha256, utf8 } from '#protocol/wire/hash.ts'
import { encodeKey } from '#protocol/wire/keys.ts'
import type { Row } from './row.ts'

const OFFERS = 1_000
const GOAL = 20_000
const ROUNDS = 9
const ROUND_MS = 150
const NOW_MS = 1_800_000_000_000

/** One row per policy. */
export async function rows(): Promise<Row[]> {
  const offers = Array.from({ length: OFFERS }, (_, i) => offerOf(i))
  const input = inputOf(offers)
  const seeds = Array.from({ length: 256 }, (_, i) => sha256(utf8(`seed ${i}`)))
  const decide = (policy: string) => (i: number) => {
    const { job } = input
    return place({ ...input, job: { ...job, policy }, seed: seeds[i & 255] ?? input.seed }).status === 'placed' ? 1 : 0
  }
  const bare = (i: number) => bareLoop(input.offers, seeds[i & 255] ?? input.seed)
  const measured = Object.keys(policies).map((policy) => ({ policy, run: decide(policy), rates: [] as number[] }))
  const baselines: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const baseline = rate(bare)
    if (round > 0) baselines.push(baseline)
    for (const { run, rates } of measured) {
      const value = rate(run)
      if (round > 0) rates.push(value)
    }
  }
  return measured.map(({ policy, rates }) => rowOf(`placement over ${OFFERS} offers, ${policy}`, rates, baselines))
}

function rowOf(what: string, rates: readonly number[], baselines: readonly number[]): Row {
  const value = Math.round(median(rates))
  const baseline = Math.round(median(baselines))
  const spread = `${Math.round(Math.min(...rates))}..${Math.round(Math.max(...rates))}`
  const ratio = Math.round((value / baseline) * 1_000) / 1_000
  return { what, value, unit: 'decisions/s per core', spread, goal: GOAL, met: value >= GOAL, baseline, ratio }
}

/**
 * Calls of `run` per second of CPU time, so that a busy machine does not count. The sum keeps the work from being
 * optimised away.
 */
function rate(run: (i: number) => number): number {
  const start = process.cpuUsage()
  let calls = 0
  let sum = 0
  let elapsedMicros = 0
  while (elapsedMicros < ROUND_MS * 1_000) {
    for (let i = 0; i < 20; i++) sum += run(calls++)
    const { user, system } = process.cpuUsage(start)
    elapsedMicros = user + system
  }
  if (sum === 0) throw new Error('nothing was decided')
  return (calls * 1_000_000) / elapsedMicros
}

function bareLoop({ mixA, mixB }: OfferTable, seed: Uint8Array): number {
  const words = foldBytes(seed)
  let least = 2 ** 32
  for (let row = 0; row < mixA.length; row++) {
    const tie = mix(words, mixA[row] ?? 0, mixB[row] ?? 0)
    if (tie < least) least = tie
  }
  return least + 1
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0
}

/** A mixed network: a tenth lacks the engine, a tenth the memory, a tenth has no free slot, prices and speeds vary. */
function offerOf(i: number): Offer {
  const expiresMs = NOW_MS + 60_000
  return {
    peer: encodeKey(sha256(utf8(`peer ${i}`))),
    profile: {
      seq: 1,
      expiresMs,
      engines: i % 10 === 1 ? ['wasm'] : ['python', 'wasm'],
      slots: 1 + (i % 8),
      memoryBytes: i % 10 === 2 ? 2 ** 27 : 2 ** 32,
      gpuMemoryBytes: 0,
      models: [],
      region: i % 3 === 0 ? 'eu' : 'us',
      pricePerSecond: BigInt(5 + ((i * 7) % 40)),
      speedMilli: 500 + ((i * 37) % 1_500),
    },
    load: { seq: 1, expiresMs, freeSlots: i % 10 === 3 ? 0 : 1 + (i % 4), backlogMs: (i * 131) % 20_000 },
  }
}

function inputOf(offers: readonly Offer[]): PlacementRequest {
  const members = offers.map(({ peer }, i) => ({ peer, owner: encodeKey(sha256(utf8(`owner ${i}`))) }))
  const account = encodeKey(sha256(utf8('owner 0')))
  const job: JobSpec = {
    version: 1,
    name: 'bench',
    network: 'bench',
    account,
    seq: 1,
    authorised: 10_000_000n,
    createdMs: NOW_MS,
    deadlineMs: NOW_MS + 600_000,
    engine: { type: 'python', params: {} },
    inputs: [],
    requirements: { timeMs: 30_000, memoryBytes: 2 ** 28, regions: [], gpuMemoryBytes: 0, models: [] },
    replicas: 3,
    comparator: { type: 'exact' },
    priceMax: 1_000_000n,
    policy: 'balanced',
  }
  return {
    job,
    offers: buildOfferTable(offers),
    registry: rosterView(1, new Uint8Array(32), members),
    excluded: new Set(offers.slice(0, 3).map(({ peer }) => peer)),
    claims: new Map(offers.slice(3, 9).map(({ peer }) => [peer, 1])),
    seed: new Uint8Array(32),
    nowMs: NOW_MS,
    want: 3,
    standbys: 2,
  }
}
