/** The hostile process: prepares one attack, floods while it is told to, and says what came of it. */
import { type Briefing, type Harm, orderSchema, type Report } from './orders.ts'
import { armsFor } from './weapons/arsenal.ts'
import type { Weapon } from './weapons/weapon.ts'

const PACE_EVERY_MS = 20

/** Obeys the orders of the parent process until it is told to end, or the parent is gone. */
export function obey(): void {
  let hostile: Promise<Flood> | undefined
  process.on('disconnect', () => process.exit(1))
  process.on('SIGINT', () => undefined)
  process.on('message', (message) => {
    const order = orderSchema.parse(message)
    if (order.order === 'brief') {
      hostile = Flood.prepare(order.briefing)
      hostile.then((flood) => flood.report('ready'), die)
      return
    }
    hostile?.then((flood) => flood.obey(order.order === 'job' ? { job: order.job } : order.order)).catch(die)
  })
}

function die(error: unknown): never {
  process.stderr.write(`the hostile peer failed: ${error instanceof Error ? error.stack : String(error)}\n`)
  process.exit(1)
}

/** One attack in the making. */
class Flood {
  readonly #weapon: Weapon
  #pace: NodeJS.Timeout | undefined

  private constructor(weapon: Weapon) {
    this.#weapon = weapon
  }

  static async prepare(briefing: Briefing): Promise<Flood> {
    return new Flood(await armsFor(briefing))
  }

  async obey(order: 'attack' | 'rest' | 'end' | { readonly job: string }): Promise<void> {
    if (typeof order === 'object') this.#weapon.job?.(order.job)
    else if (order === 'attack') this.#begin()
    else {
      this.#rest()
      if (order === 'rest') this.report('resting')
      else await this.#end()
    }
  }

  report(report: Report['report'], harms: readonly Harm[] = []): void {
    process.send?.({ report, ...this.#weapon.tally(), harms: [...harms] } satisfies Report)
  }

  /** Each volley is fired at once, and then as often as its rate asks for, whatever the timer's own pace is. */
  #begin(): void {
    this.#weapon.armed?.(true)
    const startedMs = performance.now()
    const fired = this.#weapon.volleys.map(() => 0)
    this.#pace = setInterval(() => {
      const seconds = (performance.now() - startedMs) / 1_000
      for (const [i, { perSecond, fire }] of this.#weapon.volleys.entries()) {
        for (let due = 1 + Math.floor(seconds * perSecond) - (fired[i] ?? 0); due > 0; due--) {
          fired[i] = (fired[i] ?? 0) + 1
          fire()
        }
      }
    }, PACE_EVERY_MS)
  }

  #rest(): void {
    clearInterval(this.#pace)
    this.#weapon.armed?.(false)
  }

  async #end(): Promise<void> {
    this.report('ended', (await this.#weapon.harms?.()) ?? [])
    await this.#weapon.stop()
    process.exit(0)
  }
}
