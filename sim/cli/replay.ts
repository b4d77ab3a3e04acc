/**
 * `weft sim replay`: the same run again, up to the first broken property, with the last events of the peers involved.
 */
import { existsSync, readFileSync } from 'node:fs'
import { drawCommittee } from '#protocol/membership/committee.ts'
import type { Violation } from '../checkers/checker.ts'
import { countEffects, eventName } from '../report/effect-names.ts'
import { ScenarioError, scenarioSchema } from '../scenario.ts'
import { simulate } from '../simulate.ts'
import type { SimPeer } from '../world/peer.ts'
import type { World } from '../world/world.ts'
import { type Experiment, experimentOf } from './experiment.ts'
import { onInterrupt } from './interrupt.ts'
import type { SimOptions } from './options.ts'
import { describe } from './print.ts'

const KEPT = 64
const STOPPED = 130
const SHOWN = 24

interface Step {
  readonly atMs: number
  readonly event: string
  readonly effects: Record<string, number>
}

/** `what`: a seed, or a file that `--trace` wrote. */
export async function replay(what: string, options: SimOptions): Promise<number> {
  const experiment = /^\d+$/.test(what) ? experimentOf({ ...options, seed: Number(what) }) : fromTrace(what)
  const steps = new Map<SimPeer, Step[]>()
  const { signal, off } = onInterrupt()
  let event = ''
  const { summary, world } = await simulate({
    ...experiment,
    signal,
    untilViolation: true,
    observe: ({ world }) => ({
      heard: (_peer, heard) => {
        event = eventName(heard)
      },
      said: (peer, effects) => {
        if (effects.length > 0) remember(steps, peer, { atMs: world.nowMs, event, effects: countEffects(effects) })
      },
      fatal: (peer) => remember(steps, peer, { atMs: world.nowMs, event: 'the process ended', effects: {} }),
    }),
  })
  off()
  const [violation] = summary.violations
  if (options.json === true)
    process.stdout.write(`${JSON.stringify({ ...summary, last: lastOf(steps, world, violation) })}\n`)
  else {
    process.stdout.write(`${describe(summary, options)}\n`)
    for (const { peer, atMs, event: name, effects } of violation === undefined ? [] : lastOf(steps, world, violation)) {
      const did = Object.entries(effects).map(([effect, count]) => (count === 1 ? effect : `${effect} ×${count}`))
      process.stdout.write(
        `  ${String(atMs).padStart(8)} ms  ${peer.padEnd(8)}  ${name.padEnd(24)} → ${did.join(', ')}\n`,
      )
    }
  }
  if (signal.aborted) return STOPPED
  return summary.violations.length > 0 ? 1 : 0
}

function fromTrace(file: string): Experiment {
  if (!existsSync(file)) throw new ScenarioError('no such seed or file', { file, line: 1, column: 1 })
  const [head = ''] = readFileSync(file, 'utf8').split('\n', 1)
  try {
    const { scenario } = JSON.parse(head) as { scenario?: unknown }
    return { scenario: scenarioSchema.parse(scenario) }
  } catch {
    throw new ScenarioError('not a trace of `weft sim --trace`: its first line is no scenario', {
      file,
      line: 1,
      column: 1,
    })
  }
}

function remember(steps: Map<SimPeer, Step[]>, peer: SimPeer, step: Step): void {
  const known = steps.get(peer) ?? []
  known.push(step)
  if (known.length > KEPT) known.shift()
  steps.set(peer, known)
}

/** The peers that the violation names, or the account's witnesses, or all. */
function lastOf(
  steps: ReadonlyMap<SimPeer, readonly Step[]>,
  world: World,
  violation: Violation | undefined,
): (Step & { peer: string })[] {
  const named = world.peers.filter((peer) => violation?.detail.startsWith(`${peer.name} `) === true)
  const view = world.chain.view(world.chain.epoch)
  const witnesses =
    violation === undefined || violation.account === '' || view === undefined
      ? []
      : drawCommittee(view, violation.account).witnesses
  const committee = world.peers.filter((peer) => witnesses.includes(peer.endpoint.key))
  const involved = named.length > 0 ? named : committee.length > 0 ? committee : world.peers
  const all = involved.flatMap((peer) => (steps.get(peer) ?? []).map((step) => ({ ...step, peer: peer.name })))
  return all.sort((a, b) => a.atMs - b.atMs).slice(-SHOWN)
}
