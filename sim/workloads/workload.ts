/** What is posted when. A workload is a list made before the run, so that nothing that happens can change it. */
import type { Scenario } from '../scenario.ts'
import type { Chance } from '../world/random.ts'

/** One job to post. */
export interface JobRequest {
  /** Virtual milliseconds. */
  readonly atMs: number
  /** Number of the wallet that posts it. */
  readonly wallet: number
  /** Running time on the reference machine. */
  readonly runMs: number
  readonly replicas: number
}

/** The jobs of a trace written out in the scenario, which then needs no other file. */
export function withJobs(scenario: Scenario, requests: readonly JobRequest[]): Scenario {
  const jobs = requests.map(({ atMs, wallet, runMs, replicas }) => ({ at: atMs, wallet, run: runMs, replicas }))
  const { traceFile: _file, ...workload } = scenario.workload
  return { ...scenario, workload: { ...workload, kind: 'poisson' }, jobs }
}

/** Parameters of a synthetic workload. */
export interface SyntheticOptions {
  readonly kind: 'poisson' | 'bursts' | 'heavy-tail'
  readonly wallets: number
  readonly forMs: number
  readonly jobsPerSecond: number
  readonly runMs: number
  readonly replicas: number
}

const BURST = 10

/**
 * Poisson: independent arrivals, exponential running times. Bursts: ten jobs at once, as rarely as keeps the mean.
 * Heavy tail: Poisson arrivals, Pareto running times (shape 1.5, capped at 50 times the mean).
 */
export function synthetic(options: SyntheticOptions, chance: Chance): JobRequest[] {
  const { kind, wallets, forMs, jobsPerSecond, replicas } = options
  const requests: JobRequest[] = []
  const burst = kind === 'bursts' ? BURST : 1
  let atMs = 0
  for (;;) {
    atMs += chance.exponential((1_000 * burst) / jobsPerSecond)
    if (atMs >= forMs) return requests
    for (let i = 0; i < burst; i++) {
      const wallet = chance.int(0, wallets - 1)
      requests.push({ atMs: Math.floor(atMs), wallet, runMs: runningMs(options, chance), replicas })
    }
  }
}

function runningMs({ kind, runMs }: SyntheticOptions, chance: Chance): number {
  if (kind !== 'heavy-tail') return Math.max(1, Math.round(Math.min(chance.exponential(runMs), 5 * runMs)))
  const u = chance.int(1, 1_000_000) / 1_000_000
  // Pareto with shape 1.5 and the given mean: least value mean / 3; u^(-2/3) is the inverse cube root of u squared.
  return Math.max(1, Math.round(Math.min((runMs / 3) * inverseCubeRoot(u * u), 50 * runMs)))
}

/** x^(-1/3) by Newton's method: only exact operations, so the same on every machine. */
function inverseCubeRoot(x: number): number {
  let y = 1
  while (y * y * y * x < 0.5) y *= 1.25
  for (let i = 0; i < 30; i++) y += (y * (1 - x * y * y * y)) / 3
  return y
}
