/**
 * A run as JSON lines. The first line is the scenario with everything written out that the seed decides, so a trace
 * replays by itself; then one line per step that did something: `{"t": virtual ms, "p": peer, "e": event, "out":
 * {effect: count}}`; the last one is the summary.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import type { Effect, Event } from '#node/core/effects.ts'
import { countEffects, eventName } from '../report/effect-names.ts'
import type { Summary } from '../report/summary.ts'
import { drawn } from '../simulate.ts'
import { withJobs } from '../workloads/workload.ts'
import type { SimPeer } from '../world/peer.ts'
import type { World } from '../world/world.ts'
import type { Experiment } from './experiment.ts'

const BUFFER = 1 << 16

export class TraceWriter {
  readonly #file: number
  #buffer = ''
  #world: World | undefined
  #event = ''

  constructor(path: string, { scenario, requests }: Experiment) {
    this.#file = openSync(path, 'w')
    const whole = requests === undefined ? scenario : withJobs(scenario, requests)
    this.#line({ type: 'scenario', scenario: drawn(whole) })
  }

  begin(world: World): void {
    this.#world = world
  }

  heard(_peer: SimPeer, event: Event): void {
    this.#event = eventName(event)
  }

  said(peer: SimPeer, effects: readonly Effect[]): void {
    if (effects.length === 0 && (this.#event === 'timer' || this.#event === 'idle')) return
    this.#line({ t: this.#world?.nowMs, p: peer.options.index, e: this.#event, out: countEffects(effects) })
  }

  end(summary: Summary): void {
    this.#line({ type: 'summary', summary })
    this.#flush()
    closeSync(this.#file)
  }

  #line(value: object): void {
    this.#buffer += `${JSON.stringify(value)}\n`
    if (this.#buffer.length > BUFFER) this.#flush()
  }

  #flush(): void {
    writeSync(this.#file, this.#buffer)
    this.#buffer = ''
  }
}
