/**
 * The main job's speed on five local daemons, posted by a sixth process (this one, which is no member): latency of
 * certified placement and of a verified result, and throughput. Each row stands beside what it cannot be faster than,
 * measured in the same run.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { NoopExecutor } from '#node/adapters/executors/noop/executor.ts'
import { generateKeyPair } from '#node/adapters/keys/keypair.ts'
import { createLog } from '#node/adapters/log/log.ts'
import { createLevelStore } from '#node/adapters/store/level.ts'
import { createSystemClock } from '#node/adapters/system/clock.ts'
import type { JobView } from '#node/api/job-view.ts'
import { startLocalNetwork } from '#node/cli/dev/local-network.ts'
import { defaultSettings } from '#node/config/defaults.ts'
import { pathsFor } from '#node/config/paths.ts'
import { createPeer, type Peer } from '#node/peer/create-peer.ts'
import { sealJob } from '#protocol/account/inputs.ts'
import type { JobSpec } from '#protocol/job/spec.ts'
import { seal, verifyEnvelope } from '#protocol/wire/envelope.ts'
import type { Signer } from '#protocol/wire/keys.ts'
import { medianOf, percentile, type Row, round, weftProgram } from './row.ts'

const LATENCY_JOBS = 60
const THROUGHPUT_MS = 10_000
const IN_FLIGHT = 192
const WALLETS = 4
const BURSTS = 3
const BURST_JOBS = 400
const CORES = 2
/** Clock ticks per second of /proc; fixed by Linux for every program. */
const TICKS = 100

export async function rows(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-bench-'))
  const controller = new AbortController()
  // Child daemons are started from the program that runs as `weft`.
  process.argv[1] = weftProgram()
  const flags = ['--engines', 'noop', '--slots', '64', '--log-level', 'error']
  const network = await startLocalNetwork({
    ledger: { kind: 'roster' },
    folder: join(folder, 'net'),
    peers: 5,
    keep: false,
    flags,
    signal: controller.signal,
  })
  try {
    const poster = await startPoster(
      folder,
      network.daemons.map((daemon) => daemon.ready.addresses),
    )
    try {
      const floor = await floors(folder)
      const bare = bareRate(poster)
      const daemons = network.daemons.map(({ pid }) => pid)
      // Latency last: by then the daemons' code is compiled, as it is in a daemon that has worked for a minute.
      const rates = [await bursts(poster, bare), ...(await throughput(poster, daemons, bare))]
      return [...floorRows(floor), ...(await latency(poster, floor)), ...rates]
    } finally {
      await poster.stop()
    }
  } finally {
    await network.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What nothing can beat: one durable write, one no-op run, one signature made and checked. */
interface Floors {
  readonly syncMs: number
  readonly executorMs: number
  readonly signatureMs: number
}

/** A peer in this process that is no member, connected with all the daemons and knowing their offers. */
export async function startPoster(folder: string, addresses: readonly (readonly string[])[]): Promise<Peer> {
  const home = join(folder, 'poster')
  cpSync(join(folder, 'net', 'peer-1', 'roster'), join(home, 'roster'), { recursive: true })
  const settings = {
    ...defaultSettings({ cores: 1, memoryBytes: 2 ** 30 }),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap: addresses.flat(),
    mdns: false,
    engines: ['noop'],
    slots: 0,
  }
  const log = createLog({ level: 'error', destination: process.stderr })
  const peer = await createPeer({
    settings,
    paths: pathsFor(home),
    log,
    version: 'bench',
    onFatal: (error) => {
      throw error
    },
  })
  await peer.start()
  while (peer.peers().filter((other) => other.connected && other.offer !== null).length < addresses.length)
    await pause(50)
  return peer
}

async function floors(folder: string): Promise<Floors> {
  const log = createLog({ level: 'error', destination: process.stderr })
  const store = createLevelStore({ folder: join(folder, 'floor'), clock: createSystemClock(), log })
  await store.open()
  const value = new Uint8Array(4_096)
  const syncMs = await medianTime(80, (i) => store.write([{ put: `key/${i}`, value }], { durable: true }))
  await store.close()
  const executor = new NoopExecutor()
  const task = {
    jobId: 'x',
    fence: 1,
    engine: { type: 'noop', params: {} },
    files: [],
    limits: { timeMs: 1_000, memoryBytes: 2 ** 20, outputBytes: 2 ** 20 },
  }
  const signal = new AbortController().signal
  const executorMs = await medianTime(
    80,
    async () => void (await executor.run(task, { signal, onOutput: () => undefined })),
  )
  const { signer } = generateKeyPair()
  const domain = new Uint8Array(32)
  const signatureMs = await medianTime(
    80,
    async (i) => void verifyEnvelope(seal('bench', { i }, domain, signer), domain),
  )
  return { syncMs, executorMs, signatureMs }
}

function floorRows({ syncMs, executorMs, signatureMs }: Floors): Row[] {
  const plain = (what: string, value: number): Row => ({
    what,
    value: round(value),
    unit: 'ms',
    spread: '',
    goal: 0,
    met: true,
    baseline: round(value),
    ratio: 1,
  })
  return [
    plain('floor: one durable write', syncMs),
    plain('floor: one executor call', executorMs),
    plain('floor: one signature made and checked', signatureMs),
  ]
}

/** One job at a time: from posting to certified placement, and to the verified result. */
async function latency(poster: Peer, { syncMs, executorMs }: Floors): Promise<Row[]> {
  const wallet = generateKeyPair().signer
  const placed: number[] = []
  const verified: number[] = []
  for (let seq = 1; seq <= LATENCY_JOBS; seq++) {
    const started = performance.now()
    const job = await post(poster, wallet, seq)
    if (seq > 5) placed.push(performance.now() - started)
    await completed(poster, job.jobId)
    if (seq > 5) verified.push(performance.now() - started)
  }
  const writes = 2 * syncMs
  return [
    row('post to certified placement, p50 above two durable writes', {
      times: placed,
      p: 0.5,
      above: writes,
      goal: 10,
      baseline: writes,
    }),
    row('post to certified placement, p99', { times: placed, p: 0.99, above: 0, goal: 60, baseline: writes }),
    row('no-op job, post to verified result, p50 above the executor call', {
      times: verified,
      p: 0.5,
      above: executorMs,
      goal: 60,
      baseline: executorMs,
    }),
  ]
}

function row(
  what: string,
  { times, p, above, goal, baseline }: { times: number[]; p: number; above: number; goal: number; baseline: number },
): Row {
  const value = percentile(times, p) - above
  const spread = `${round(Math.min(...times))}..${round(Math.max(...times))} ms in all`
  return {
    what,
    value: round(value),
    unit: 'ms',
    spread,
    goal,
    met: value <= goal,
    baseline: round(baseline),
    ratio: round(percentile(times, p) / Math.max(baseline, 0.001)),
  }
}

/**
 * Jobs of four wallets that are posted all at once: how many a second the witnesses admit, each job's certificate
 * durable, while they also run.
 */
async function bursts(poster: Peer, bare: number): Promise<Row> {
  const rates: number[] = []
  for (let round = 0; round < BURSTS; round++) {
    const wallets = Array.from({ length: WALLETS }, () => generateKeyPair().signer)
    const seqs = Array.from({ length: BURST_JOBS / WALLETS }, (_, i) => i + 1)
    const started = performance.now()
    const posting = wallets.flatMap((wallet) => seqs.map((seq) => post(poster, wallet, seq)))
    const jobs = await Promise.all(posting)
    rates.push((BURST_JOBS * 1_000) / (performance.now() - started))
    for (const { jobId } of jobs) await completed(poster, jobId)
  }
  return {
    what: `acknowledged jobs, bursts of ${BURST_JOBS} (baseline: the same jobs signed and read, no agreement)`,
    value: round(medianOf(rates)),
    unit: 'jobs/s',
    spread: `${round(Math.min(...rates))}..${round(Math.max(...rates))}`,
    goal: 300,
    met: medianOf(rates) >= 300,
    baseline: round(bare),
    ratio: round(medianOf(rates) / bare),
  }
}

/**
 * Many jobs in flight from four wallets: completed jobs per second from the first post to the last end, and what one
 * costs.
 */
async function throughput(poster: Peer, daemons: readonly number[], bare: number): Promise<Row[]> {
  const cpuBefore = cpuMs(daemons)
  const wallets = Array.from({ length: WALLETS }, () => generateKeyPair().signer)
  const done: number[] = []
  const failed: string[] = []
  const started = performance.now()
  const posting = wallets.map(async (wallet) => {
    let seq = 0
    const one = async (): Promise<void> => {
      while (performance.now() < started + THROUGHPUT_MS) {
        const job = await post(poster, wallet, ++seq)
        const ended = await endOf(poster, job.jobId)
        if (ended?.state === 'completed') done.push(performance.now())
        else failed.push(`${ended?.state} ${ended?.code}`)
      }
    }
    await Promise.all(Array.from({ length: IN_FLIGHT / WALLETS }, one))
  })
  await Promise.all(posting)
  const value = (done.length * 1_000) / (performance.now() - started)
  const cpuPerJob = (cpuMs(daemons) - cpuBefore) / Math.max(1, done.length)
  const perSecond = new Map<number, number>()
  for (const at of done) {
    const second = Math.floor((at - started) / 1_000)
    perSecond.set(second, (perSecond.get(second) ?? 0) + 1)
  }
  const first = failed.length > 0 ? `, the first: ${failed[0]}` : ''
  const incomplete = `${failed.length} of ${done.length + failed.length} did not complete${first}`
  return [
    {
      what: 'completed no-op jobs, 3 replicas (same baseline)',
      value: round(value),
      unit: 'jobs/s',
      spread: `${Math.min(...perSecond.values())}..${Math.max(...perSecond.values())} in a second`,
      goal: 75,
      met: value >= 75,
      baseline: round(bare),
      ratio: round(value / bare),
    },
    {
      what: `CPU time of the daemons and the poster per completed job; ${incomplete}`,
      value: round(cpuPerJob),
      unit: 'ms',
      spread: '',
      goal: round((CORES * 1_000) / 75),
      met: cpuPerJob <= (CORES * 1_000) / 75 && failed.length === 0,
      baseline: round(1_000 / bare),
      ratio: round((cpuPerJob * bare) / 1_000),
    },
  ]
}

function bareRate(poster: Peer): number {
  const wallet = generateKeyPair().signer
  const { domain } = poster.signing()
  const start = performance.now()
  let jobs = 0
  for (; performance.now() < start + 1_000; jobs++)
    verifyEnvelope(sealJob(specFor(poster, wallet, jobs + 1), domain, wallet), domain)
  return jobs
}

/** Resolves when the job is acknowledged, which is when it is placed where peers are free. */
export async function post(poster: Peer, wallet: Signer, seq: number): Promise<JobView> {
  const { domain } = poster.signing()
  const envelope = sealJob(specFor(poster, wallet, seq), domain, wallet).raw
  return poster.submit({ envelope, blobs: [] }, { signal: AbortSignal.timeout(60_000) })
}

/** Resolves when the job is completed; rejects if it ends otherwise. */
export async function completed(poster: Peer, job: string): Promise<void> {
  const ended = await endOf(poster, job)
  if (ended?.state !== 'completed') throw new Error(`job ${job} ${ended?.state}: ${ended?.code}`)
}

async function endOf(poster: Peer, job: string): Promise<JobView | undefined> {
  for await (const event of poster.follow(job, { signal: AbortSignal.timeout(120_000) })) {
    if (event.type === 'job' && event.job.closedMs !== null) return event.job
  }
  return undefined
}

/** CPU time of this process and of `pids` so far, where the system tells (Linux); machines are noisy, this is not. */
export function cpuMs(pids: readonly number[]): number {
  const { user, system } = process.cpuUsage()
  let sum = (user + system) / 1_000
  for (const pid of pids) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /, '')
        .split(' ')
      sum += ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS
    } catch {
      return Number.NaN
    }
  }
  return sum
}

function specFor(poster: Peer, wallet: Signer, seq: number): JobSpec {
  const now = Date.now()
  return {
    version: 1,
    name: 'bench',
    network: poster.signing().network,
    account: wallet.key,
    seq,
    authorised: 1n << 50n,
    createdMs: now,
    deadlineMs: now + 600_000,
    engine: { type: 'noop', params: {} },
    inputs: [],
    requirements: { timeMs: 1_000, memoryBytes: 1_048_576, regions: [], gpuMemoryBytes: 0, models: [] },
    replicas: 3,
    comparator: { type: 'exact' },
    priceMax: 10_000n,
    policy: 'balanced',
  }
}

async function medianTime(rounds: number, run: (i: number) => Promise<void>): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < rounds; i++) {
    const started = performance.now()
    await run(i)
    times.push(performance.now() - started)
  }
  return medianOf(times)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
