/**
 * The daemon's core, watched: what goes in and what comes out passes the checkers, and for an attacker its behaviour.
 */
import type { Effect, Event, Now } from '#node/core/effects.ts'
import { PeerCore } from '#node/core/peer-core.ts'

/** How an attacker bends what its core hears and says. The core itself is the honest one. */
export interface Behaviour {
  readonly name: string
  /** What the core is told instead; `undefined`: nothing. */
  hear?(event: Event, now: Now): Event | undefined
  /** What is carried out instead. */
  say?(effects: Effect[], now: Now): Effect[]
}

export interface CoreHooks {
  readonly behaviour: Behaviour | undefined
  readonly heard: (event: Event) => void
  readonly said: (effects: readonly Effect[]) => void
}

export class WatchedCore extends PeerCore {
  readonly #hooks: CoreHooks
  /** After a crash nothing happens any more. */
  dead = false

  constructor(parts: ConstructorParameters<typeof PeerCore>[0], hooks: CoreHooks) {
    super(parts)
    this.#hooks = hooks
  }

  override nextWakeMs(): number {
    return this.dead ? Number.POSITIVE_INFINITY : super.nextWakeMs()
  }

  override step(event: Event, now: Now): Effect[] {
    if (this.dead) return []
    const { behaviour } = this.#hooks
    this.#hooks.heard(event)
    const told = behaviour?.hear === undefined ? event : behaviour.hear(event, now)
    const effects = told === undefined ? [] : super.step(told, now)
    const said = behaviour?.say === undefined ? effects : behaviour.say(effects, now)
    this.#hooks.said(said)
    return said
  }
}
