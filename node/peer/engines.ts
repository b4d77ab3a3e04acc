/** The engines of a peer: those that its settings name, and what its offer says of those that work here. */
import { WeftError } from '#protocol/errors.ts'
import { type Engine, engineOf, engines } from '../adapters/executors/catalogue.ts'
import type { Capacity } from '../core/effects.ts'
import { atMost } from '../ports/at-most.ts'
import type { Executor, SelfTested } from '../ports/executor.ts'
import type { Log } from '../ports/log.ts'

/**
 * Executors by engine name, for the setting `engines`; `auto` stands for those that are on by default, and they come
 * first. Nothing is started. CONFIG_INVALID if Weft has no engine of a name.
 */
export async function executorsFor(names: readonly string[]): Promise<Map<string, Executor>> {
  const chosen = names.includes('auto') ? [...engines.filter((engine) => engine.auto)] : []
  for (const name of names) if (name !== 'auto') chosen.push(known(name))
  const executors = new Map<string, Executor>()
  for (const engine of new Set(chosen)) executors.set(engine.name, await engine.load())
  return executors
}

function known(name: string): Engine {
  const engine = engineOf(name)
  if (engine !== undefined) return engine
  const all = engines.map((one) => one.name).join(', ')
  throw new WeftError('CONFIG_INVALID', `engines: no engine is called ${name}; known are ${all}`)
}

/** What is offered of the engines: the part of the peer's capacity that is theirs, and their versions. */
export interface Engaged extends Pick<Capacity, 'models' | 'gpuMemoryBytes'> {
  readonly engines: readonly { readonly engine: string; readonly version: string }[]
}

/** For engines that an embedding program brings, which the catalogue does not know. */
const SELF_TEST_MS = 90_000
/** An offer with more is refused by every peer. */
const MODELS_MAX = 64

/** Tests all engines at once, each within its time; those that fail are logged and not offered. Never rejects. */
export async function engage(
  executors: Iterable<Executor>,
  { signal, log }: { signal: AbortSignal; log: Log },
): Promise<Engaged> {
  const tested = await Promise.all([...executors].map((executor) => selfTest(executor, { signal, log })))
  const working = tested.flatMap((one) => one ?? [])
  const models = [...new Set(working.flatMap((one) => one.models))].sort((a, b) => (a < b ? -1 : 1))
  return {
    engines: working.map(({ engine, version }) => ({ engine, version })),
    models: models.slice(0, MODELS_MAX),
    // Engines share the machine's GPU, so what one of them can give is not added to what another can.
    gpuMemoryBytes: Math.max(0, ...working.map((one) => one.gpuMemoryBytes)),
  }
}

async function selfTest(
  executor: Executor,
  { signal, log }: { signal: AbortSignal; log: Log },
): Promise<(SelfTested & { engine: string }) | undefined> {
  const { engine } = executor
  const { timeMs, needs } = engineOf(engine)?.selfTest ?? { timeMs: SELF_TEST_MS }
  try {
    const found = await atMost(timeMs, signal, (limited) => executor.selfTest({ signal: limited }))
    return { ...found, engine }
  } catch (error) {
    log.warn({ engine, error, ...(needs === undefined ? {} : { needs }) }, 'engine not offered: its self-test failed')
    return undefined
  }
}
