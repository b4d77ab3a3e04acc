/** How fast a network runs, what a peer of it costs, and how many events per second reach cores. */
import { simulate } from '#sim/simulate.ts'
import type { World } from '#sim/world/world.ts'
import { percentile, type Row, round } from '../row.ts'
import { figure, scenario } from './rows.ts'

/** Virtual time in which the network forms: connections, first offers. Speed is measured after it. */
const FORMING_MS = 3_000

interface Second {
  readonly virtualMs: number
  readonly wallMs: number
  readonly cpuMs: number
  readonly heard: number
  readonly events: number
}

/** The seconds of a run, as far as its time allows. */
async function run(options: {
  peers: number
  virtualMs: number
  /** CPU time that it may take: what other programs take of the machine does not count. */
  budgetMs: number
  jobsPerSecond?: number | undefined
  /** From then on every offer is an event at every peer, and some renew theirs. */
  renewalMs?: number
}): Promise<{ seconds: Second[]; world: World; formingMs: number; completed: number }> {
  const { peers, virtualMs, budgetMs, jobsPerSecond, renewalMs } = options
  const seconds: Second[] = []
  let heard = 0
  const budget = new AbortController()
  const startedMs = performance.now()
  const startedCpuMs = cpuMs()
  const mark = (atMs: number, events: number): void => {
    const nowMs = cpuMs()
    seconds.push({ virtualMs: atMs, wallMs: performance.now(), cpuMs: nowMs, heard, events })
    if (nowMs > startedCpuMs + budgetMs) budget.abort()
  }
  const workload = jobsPerSecond === undefined ? {} : { jobs: undefined, workload: { jobsPerSecond } }
  const { world, summary } = await simulate({
    scenario: scenario({ peers, for: virtualMs, wallets: 20, ...workload }),
    signal: budget.signal,
    prepare: ({ time, net, peers: all }) => {
      if (renewalMs === undefined) return
      time.at(renewalMs * 1_000 + 1, () => {
        net.gossip.eager = true
        for (const peer of all.slice(0, RENEWED)) peer.readvertise()
      })
    },
    observe: () => ({
      // Not the ends of batches: nobody said anything then.
      heard: (_peer, event) => {
        if (event.type !== 'idle') heard++
      },
    }),
    onProgress: (atMs, { time }) => mark(atMs, time.events),
  })
  const formed = seconds.findIndex((second) => second.virtualMs >= FORMING_MS)
  const formingMs = (seconds[formed]?.wallMs ?? performance.now()) - startedMs
  return { seconds: formed < 0 ? [] : seconds.slice(formed), world, formingMs, completed: summary.jobs.completed }
}

/** Virtual seconds per second, and what a peer costs. */
export async function* speed(options: {
  peers: number
  virtualMs: number
  budgetMs: number
  goal?: number
  goalGiB?: number
  jobsPerSecond?: number
}): AsyncGenerator<Row> {
  const { peers, goal = 0, goalGiB, jobsPerSecond } = options
  const before = memoryBytes()
  const { seconds, formingMs, completed } = await run(options)
  const bytes = memoryBytes() - before
  const load = jobsPerSecond === undefined ? 'the default offer schedule' : `${jobsPerSecond} job a second`
  const name = `${peers} peers, ${load}`
  const [first] = seconds
  const last = seconds.at(-1)
  if (first === undefined || last === undefined || last === first) {
    yield {
      ...figure(`${name}: virtual seconds per second`, { value: 0, unit: '', goal }),
      note: 'the time was over before the network had formed',
    }
    return
  }
  const virtualMs = last.virtualMs - first.virtualMs
  const wallMs = last.wallMs - first.wallMs
  const cpuMs = last.cpuMs - first.cpuMs
  const each = seconds.slice(1).map((second, i) => 1_000 / Math.max(0.001, second.wallMs - (seconds[i]?.wallMs ?? 0)))
  const eachMs = round(cpuMs / Math.max(1, completed))
  const jobs =
    jobsPerSecond === undefined
      ? ''
      : `, ${completed} jobs completed, ${eachMs} ms of CPU time each: the agreement itself holds it back`
  const speed = `${virtualMs / 1_000} virtual s; ${round(virtualMs / cpuMs)} per second of CPU time`
  yield figure(`${name}: virtual seconds per second`, {
    value: virtualMs / wallMs,
    unit: '',
    goal,
    spread: `single seconds p10 ${round(percentile(each, 0.1))}, p50 ${round(percentile(each, 0.5))}`,
    note: `${speed}; the network formed in ${round(formingMs / 1_000)} s${jobs}`,
  })
  if (jobsPerSecond !== undefined) return
  const costUs = (1_000 * wallMs) / (virtualMs / 1_000) / peers
  yield figure(`${peers} peers: cost of a peer per virtual second`, { value: costUs, unit: 'µs' })
  yield figure(`${peers} peers: memory of a peer`, { value: bytes / peers / 1_024, unit: 'KiB' })
  if (goalGiB === undefined) return
  const gib = rssBytes() / 2 ** 30
  yield figure(`${peers} peers: memory of the process`, { value: gib, unit: 'GiB', goal: goalGiB, less: true })
}

/**
 * Events per second that reach cores when every offer is an event at every one of 1,000 peers: 200 renew theirs at
 * once.
 */
export async function* core({ bare, budgetMs }: { bare: number; budgetMs: number }): AsyncGenerator<Row> {
  const { seconds } = await run({ peers: 1_000, virtualMs: RENEWAL_MS + 2_000, budgetMs, renewalMs: RENEWAL_MS })
  const renewing = seconds.filter(({ virtualMs }) => virtualMs >= RENEWAL_MS)
  const [first] = renewing
  const last = renewing.at(-1)
  const heard = (last?.heard ?? 0) - (first?.heard ?? 0)
  const wallMs = Math.max(1, (last?.wallMs ?? 0) - (first?.wallMs ?? 0))
  const cpu = Math.max(1, (last?.cpuMs ?? 0) - (first?.cpuMs ?? 0))
  const what = 'core events per second, each offer an event at each of 1000 peers (baseline: bare event loop)'
  const perCpuSecond = Math.round((heard * 1_000) / cpu)
  yield figure(what, {
    value: (heard * 1_000) / wallMs,
    unit: '1/s',
    goal: 200_000,
    baseline: bare,
    note: [
      `${heard} events; ${perCpuSecond} per second of CPU time`,
      'each is a decoded frame, a looked-up envelope and a turn of the driver',
    ].join('; '),
  })
}

/** When the network has formed, and how many peers renew their offers then. */
const RENEWAL_MS = 5_000
const RENEWED = 200

function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}

function memoryBytes(): number {
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function rssBytes(): number {
  return process.memoryUsage().rss
}
