/** The simulator: how fast it is at 100, 1,000 and 10,000 peers beside a bare event loop, and what it shows of the protocol. */
import type { JobRecord } from '#protocol/account/state.ts'
import { encodeOutput } from '#protocol/job/output.ts'
import { sha256, toHex, utf8 } from '#protocol/wire/hash.ts'
import type { Scenario } from '#sim/scenario.ts'
import { scenarioSchema } from '#sim/scenario.ts'
import { simulate } from '#sim/simulate.ts'
import { forgedOutput } from '#sim/world/executor.ts'
import { Timeline } from '#sim/world/timeline.ts'
import { medianOf, percentile, type Row, round } from './row.ts'

const BARE_EVENTS = 1_000_000

/** All rows. The large networks take minutes. */
export async function rows(): Promise<Row[]> {
  const bare = await bareEventsPerSecond()
  const sizes = process.env['WEFT_SIM_PEERS']?.split(',').map(Number) ?? [100, 1_000, 10_000]
  const made: Row[] = []
  for (const peers of sizes) made.push(...(await speed(peers, bare)))
  made.push(...(await offers(0)), ...(await offers(100_000)))
  made.push(...(await replacement()), ...(await falseDeaths()), ...(await collusion()))
  return made
}

/** Events per second of the timeline with nothing in them. */
async function bareEventsPerSecond(): Promise<number> {
  const time = new Timeline()
  const again = (): void => {
    if (time.events < BARE_EVENTS) time.after(1, again)
  }
  again()
  const startedMs = performance.now()
  await time.run(Number.MAX_SAFE_INTEGER)
  return (BARE_EVENTS * 1_000) / (performance.now() - startedMs)
}

function scenario(changes: Record<string, unknown>): Scenario {
  return scenarioSchema.parse({
    settle: '10s',
    regions: ['eu', 'us-east', 'us-west', 'asia', 'south-america', 'oceania'],
    ...changes,
  })
}

async function speed(peers: number, bare: number): Promise<Row[]> {
  const before = memoryBytes()
  const forMs = peers >= 10_000 ? 5_000 : 20_000
  const startedMs = performance.now()
  const run = await simulate({
    scenario: scenario({
      peers,
      for: forMs,
      settle: 5_000,
      wallets: Math.ceil(peers / 50),
      workload: { jobsPerSecond: Math.max(1, peers / 500) },
    }),
  })
  const wallMs = performance.now() - startedMs
  const perPeer = (memoryBytes() - before) / peers
  const { summary } = run
  const name = `${peers} peers`
  return [
    row(`${name}: virtual seconds per second`, summary.virtualMs / wallMs, '', {
      goal: peers >= 10_000 ? 1 : peers >= 1_000 ? 20 : 0,
    }),
    row(`${name}: events per second`, (summary.events * 1_000) / wallMs, '1/s', {
      goal: peers === 1_000 ? 200_000 : 0,
      baseline: bare,
    }),
    row(`${name}: memory per peer`, perPeer / 1_024, 'KiB', { goal: peers >= 10_000 ? 400 : 0, less: true }),
    row(`${name}: cost of a peer per virtual second`, wallMs / (summary.virtualMs / 1_000) / peers, 'ms'),
  ]
}

function memoryBytes(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** How long until offers are everywhere: 1,000 peers in six regions; fifty of them change their offer. */
async function offers(lossPpm: number): Promise<Row[]> {
  const sent = new Map<string, number>()
  const tookMs: number[] = []
  const peers = 1_000
  let due = 0
  const faults =
    lossPpm === 0
      ? []
      : [
          { kind: 'loss', ppm: lossPpm },
          { kind: 'churn', share: 0.1 },
        ]
  const startMs = 3_000
  const scene = scenario({ peers, for: '8s', settle: 0, wallets: 1, jobs: [], faults })
  await simulate({
    scenario: scene,
    observe: ({ world }) => {
      const keys = new Map(world.peers.map((peer) => [peer.place.key, peer]))
      world.time.at(startMs * 1_000, () => {
        for (const peer of world.peers.slice(0, 50)) {
          if (!peer.up) continue
          sent.set(peer.place.key, world.nowMs)
          due += world.net.audienceOf(peer.place).filter((place) => place.events !== undefined).length
          peer.readvertise()
        }
      })
      return {
        heard: (peer, event) => {
          if (event.type !== 'gossip') return
          const at = sent.get(event.from)
          if (at !== undefined && keys.has(event.from) && peer.place.key !== event.from) tookMs.push(world.nowMs - at)
        },
      }
    },
  })
  const name = `offers at ${lossPpm / 10_000} % loss${lossPpm > 0 ? ' with churn' : ''}`
  return [
    row(`${name}: p99`, percentile(tookMs, 0.99), 'ms', {
      goal: lossPpm === 0 ? 450 : 0,
      less: true,
      baseline: medianOf(tookMs),
    }),
    row(`${name}: share reached`, (100 * Math.min(due, tookMs.length)) / Math.max(1, due), '%', {
      goal: lossPpm === 0 ? 0 : 99.9,
    }),
  ]
}

/** Time from the death of a replica's peer to the ticket of its replacement. */
async function replacement(): Promise<Row[]> {
  const tookMs: number[] = []
  for (let seed = 1; seed <= 20; seed++) {
    let diedMs = 0
    let victim = ''
    await simulate({
      scenario: scenario({
        seed,
        peers: 12,
        wallets: 1,
        for: '20s',
        jobs: [{ at: '2s', run: '12s' }],
        regions: ['eu', 'us-east'],
      }),
      observe: ({ world }) => ({
        certified: ({ before, after, atMs }) => {
          for (const job of after.jobs.values()) {
            const running = job.seats.filter((seat) => seat.role === 'running')
            if (victim === '' && running.length === 3) {
              victim = running[1]?.peer ?? ''
              world.time.after(1_000_000, () => {
                diedMs = world.nowMs
                world.net.find(victim) !== undefined && world.peer(world.net.find(victim)?.index ?? 0).crash()
              })
            }
            const seats = before.jobs.get(job.id)?.seats
            const gone = seats?.some((seat) => seat.peer === victim && seat.role === 'running')
            if (diedMs > 0 && gone === true && !job.seats.some((seat) => seat.peer === victim))
              tookMs.push(atMs - diedMs)
          }
        },
      }),
    })
  }
  return [
    row('a dead replica is replaced: p50', medianOf(tookMs), 'ms', { goal: 2_000, less: true }),
    row('a dead replica is replaced: p99', percentile(tookMs, 0.99), 'ms', {
      goal: 5_000,
      less: true,
      baseline: medianOf(tookMs),
    }),
  ]
}

/** Replicas that were replaced although they lived, under pauses shorter than the lease, beside a timeout of a third of it. */
async function falseDeaths(): Promise<Row[]> {
  let replaced = 0
  let pauses = 0
  let overPlain = 0
  for (let seed = 1; seed <= 10; seed++) {
    const faults = Array.from({ length: 30 }, (_, i) => {
      const ms = [600, 900, 1_500, 2_500, 3_500, 1_200][i % 6] ?? 600
      pauses++
      if (ms > 1_000) overPlain++
      return { kind: 'pause', peer: (i * 5 + seed) % 12, at: 3_000 + i * 500, until: 3_000 + i * 500 + ms }
    })
    await simulate({
      scenario: scenario({
        seed,
        peers: 12,
        wallets: 2,
        for: '20s',
        settle: '30s',
        faults,
        workload: { jobsPerSecond: 0.5, runMs: 4_000 },
        regions: ['eu', 'us-east'],
      }),
      observe: () => ({
        certified: ({ before, after }) => {
          for (const job of after.jobs.values()) {
            for (const seat of before.jobs.get(job.id)?.seats ?? []) {
              if (
                seat.role === 'running' &&
                job.excluded.includes(seat.peer) &&
                !before.jobs.get(job.id)?.excluded.includes(seat.peer)
              )
                replaced++
            }
          }
        },
      }),
    })
  }
  const share = replaced / Math.max(1, pauses)
  return [row('false deaths per pause', share, '', { goal: 0.1, less: true, baseline: overPlain / pauses })]
}

/** Share of wrong results that are accepted with a fifth of the peers in collusion, beside what independent draws would give. */
async function collusion(): Promise<Row[]> {
  const made: Row[] = []
  for (const [replicas, plain] of [
    [3, 10.4],
    [5, 5.8],
  ] as const) {
    let wrong = 0
    let completed = 0
    let tickets = 0
    for (let seed = 1; seed <= 8; seed++) {
      const { summary } = await simulate({
        scenario: scenario({
          seed,
          peers: 30,
          wallets: 6,
          for: '30s',
          attackers: { colluder: 0.2 },
          workload: { jobsPerSecond: 3, runMs: 200, replicas },
          regions: ['eu'],
        }),
        observe: () => ({
          certified: ({ before, after }) => {
            for (const job of after.jobs.values()) {
              if (job.outcome?.state !== 'completed' || before.jobs.get(job.id)?.phase === 'closed') continue
              completed++
              const digests = job.seats.map((seat) => seat.result?.digest)
              if (isForged(job, digests)) wrong++
            }
          },
        }),
      })
      tickets += summary.replicasPerJob / 8
    }
    made.push(
      row(
        `${replicas} replicas, a fifth colludes: wrong results accepted`,
        (100 * wrong) / Math.max(1, completed),
        '%',
        { baseline: plain, less: true },
      ),
      row(`${replicas} replicas, a fifth colludes: replicas paid for per job`, tickets, '', { baseline: replicas }),
    )
  }
  return made
}

function isForged(job: JobRecord, digests: readonly (string | undefined)[]): boolean {
  const winner = job.seats.findIndex((seat) => seat.peer === job.outcome?.verdict?.representative)
  return digests[winner] === forgedDigest(job)
}

function forgedDigest(job: JobRecord): string {
  const stdout = utf8(forgedOutput(String(job.spec.engine.params['text'] ?? '')))
  return toHex(sha256(encodeOutput({ stdout, files: [] })))
}

function row(
  what: string,
  value: number,
  unit: string,
  { goal = 0, baseline = 0, less = false }: { goal?: number; baseline?: number; less?: boolean } = {},
): Row {
  const met = goal === 0 || (less ? value <= goal : value >= goal)
  return {
    what,
    value: round(value),
    unit,
    spread: '',
    goal,
    met,
    baseline: round(baseline),
    ratio: baseline === 0 ? 0 : round(value / baseline),
  }
}
