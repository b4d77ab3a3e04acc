/** Runs one scenario with one seed and says what happened. The same code for the command, the tests, the soak and the benchmarks. */
import { toHex } from '#protocol/wire/hash.ts'
import type { CertifiedEntry, Violation } from './checkers/checker.ts'
import { Reference } from './checkers/reference.ts'
import { StateHash } from './report/state-hash.ts'
import { type Summary, summarise } from './report/summary.ts'
import type { Scenario } from './scenario.ts'
import { synthetic } from './workloads/workload.ts'
import { DOMAIN, NETWORK_ID } from './world/ledger.ts'
import { chanceFrom } from './world/random.ts'
import { World } from './world/world.ts'

/** Options of {@link simulate}. */
export interface SimulateOptions {
  readonly scenario: Scenario
  /** Stops early, with what there is. */
  readonly signal?: AbortSignal
  readonly onProgress?: (virtualMs: number, world: World) => void
}

/** Runs `scenario` to its end. Deterministic in everything but `wallMs`. */
export async function simulate(options: SimulateOptions): Promise<Summary> {
  const { scenario, signal } = options
  const startedMs = performance.now()
  const world = new World(scenario)
  const violations: Violation[] = []
  const hash = new StateHash()
  const violated = (property: string, account: string, detail: string): void => {
    if (violations.length < 100) violations.push({ property, atMs: world.nowMs, account, detail })
  }
  const certified = ({ after, before, certificate, atMs }: CertifiedEntry): void => {
    hash.add(certificate.headerBytes)
    for (const job of after.jobs.values()) {
      const posted = world.client.jobs.get(job.id)
      if (posted !== undefined && job.phase === 'closed' && before.jobs.get(job.id)?.phase !== 'closed')
        posted.closedMs ??= atMs
    }
  }
  const reference = new Reference({
    domain: DOMAIN,
    networkId: NETWORK_ID,
    registryAt: (epoch) => world.chain.view(epoch),
    nowMs: () => world.nowMs,
    violated,
    certified,
  })
  world.observers.push({
    said: (peer, effects) => {
      hash.count(peer.options.index, world.time.nowUs, effects.length)
      for (const effect of effects) {
        if (effect.type !== 'write') continue
        for (const change of effect.changes) if ('put' in change) reference.wrote(change.put, change.value)
      }
    },
    notice: (_peer, notice) => {
      if (notice.type === 'receipt')
        world.client.acknowledged(notice.receipt.job.id, notice.receipt.job.phase === 'closed')
      if (notice.type === 'rejected') world.client.rejected(notice.job, notice.code)
    },
    fatal: (peer, error) =>
      violated(
        'no-crash',
        '',
        `${peer.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      ),
  })
  world.start()
  const { workload } = scenario
  const kind = workload.kind === 'trace' ? 'poisson' : workload.kind
  const requests = synthetic(
    { ...workload, kind, wallets: scenario.wallets, forMs: scenario.for },
    chanceFrom(scenario.seed, 'workload'),
  )
  for (const request of requests) world.time.at(request.atMs * 1_000, () => world.client.request(request))
  const endMs = scenario.for + scenario.settle
  const stop = (): boolean => signal?.aborted === true
  for (let atMs = 0; atMs < endMs && !stop(); atMs += 1_000) {
    await world.time.run(Math.min(endMs, atMs + 1_000) * 1_000, stop)
    options.onProgress?.(world.nowMs, world)
  }
  return summarise({
    world,
    reference,
    violations,
    stateHash: toHex(hash.digest()),
    wallMs: performance.now() - startedMs,
  })
}
