/**
 * Runs one scenario with one seed and says what happened. The same code for the command, the tests, the soak and the
 * benchmarks.
 */
import { toHex } from '#protocol/wire/hash.ts'
import type { Simulation } from './checkers/checker.ts'
import { Inspector } from './checkers/inspector.ts'
import { Faults } from './faults/faults.ts'
import { swarm, swarmFaults } from './faults/swarm.ts'
import { StateHash } from './report/state-hash.ts'
import { type Summary, summarise } from './report/summary.ts'
import type { Scenario } from './scenario.ts'
import type { JobRequest } from './workloads/workload.ts'
import { synthetic } from './workloads/workload.ts'
import { chanceFrom } from './world/random.ts'
import { type Observer, World } from './world/world.ts'

/** Options of {@link simulate}. */
export interface SimulateOptions {
  readonly scenario: Scenario
  /** What a trace file asks for; needed if the workload is a trace. */
  readonly requests?: readonly JobRequest[]
  /** Stops early, with what there is. */
  readonly signal?: AbortSignal
  /** Stops at the first violation. */
  readonly untilViolation?: boolean
  /** Called once per virtual second. */
  readonly onProgress?: (virtualMs: number, world: World) => void
  /** Who looks on besides the checkers; made when the world exists. */
  readonly observe?: (simulation: Simulation) => Observer
  /** Changes the world before it starts, or puts something on its timeline: golden scenarios. */
  readonly prepare?: (world: World) => void
}

/** A simulation that is over: its world as it was at the end, and what it came to. */
export interface SimulationResult extends Simulation {
  readonly summary: Summary
}

/** Runs `options.scenario` to its end. Deterministic in everything but `wallMs`. */
export async function simulate(options: SimulateOptions): Promise<SimulationResult> {
  const scenario = drawn(options.scenario)
  const { signal } = options
  const startedMs = performance.now()
  const world = new World(scenario)
  const hash = new StateHash()
  const inspector = new Inspector(world, {
    certified: (entry) => {
      hash.add(entry.certificate.headerBytes)
      for (const observer of world.observers) observer.certified?.(entry)
    },
  })
  const { reference, violations } = inspector
  world.observers.push(inspector, {
    said: (peer, effects) => hash.count(peer.options.index, world.time.nowUs, effects.length),
  })
  if (options.observe !== undefined) world.observers.push(options.observe({ world, reference }))
  options.prepare?.(world)
  world.start()
  new Faults(world).schedule(
    scenario.faults === 'none' || scenario.faults === 'random' ? [] : scenario.faults,
    scenario,
  )
  for (const request of options.requests ?? workload(scenario)) {
    world.time.at(request.atMs * 1_000, () => world.client.request(request))
  }
  const endMs = scenario.for + scenario.settle
  const stop = (): boolean => signal?.aborted === true || (options.untilViolation === true && violations.length > 0)
  for (let atMs = 0; atMs < endMs && !stop(); atMs += 1_000) {
    await world.time.run(Math.min(endMs, atMs + 1_000) * 1_000, stop)
    inspector.second()
    options.onProgress?.(world.nowMs, world)
  }
  if (!stop()) inspector.end()
  const wallMs = performance.now() - startedMs
  return { summary: summarise({ world, violations, stateHash: toHex(hash.digest()), wallMs }), world, reference }
}

/** The scenario with everything that its seed decides written out: what a failure is shrunk from. */
export function drawn(scenario: Scenario): Scenario {
  if (scenario.faults !== 'random') return scenario
  if (Object.keys(scenario.attackers).length > 0) return { ...scenario, faults: swarmFaults(scenario) }
  return { ...scenario, ...swarm(scenario) }
}

function workload(scenario: Scenario): JobRequest[] {
  if (scenario.jobs !== undefined) {
    return scenario.jobs.map(({ at, wallet, run, replicas }) => ({ atMs: at, wallet, runMs: run, replicas }))
  }
  const { kind, ...rest } = scenario.workload
  if (kind === 'trace') throw new Error('broken invariant: a trace workload without its requests')
  const chance = chanceFrom(scenario.seed, 'workload')
  return synthetic({ ...rest, kind, wallets: scenario.wallets, forMs: scenario.for }, chance)
}
