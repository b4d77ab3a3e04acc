/** Which network each trial gets. */
import { type Arena, startArena } from './arena.ts'
import type { Options, Trial } from './options.ts'

/** Networks for trials, one after another: one for each, or one for all strangers that can share it. */
export class Arenas {
  readonly #options: Options
  readonly #signal: AbortSignal
  #current: { readonly arena: Arena; readonly kind: Trial['attack']['arena']; isSpent: boolean } | undefined

  constructor(options: Options, signal: AbortSignal) {
    this.#options = options
    this.#signal = signal
  }

  /** A network whose hostile members nobody has spoken for. */
  async for({ attack, role }: Trial): Promise<Arena> {
    if (this.#current !== undefined && (this.#current.isSpent || this.#current.kind !== attack.arena)) await this.stop()
    this.#current ??= {
      arena: await startArena(attack.arena, { signal: this.#signal }),
      kind: attack.arena,
      isSpent: false,
    }
    this.#current.isSpent = !this.#options.shared || role !== 'stranger'
    return this.#current.arena
  }

  async stop(): Promise<void> {
    const arena = this.#current?.arena
    this.#current = undefined
    await arena?.stop()
  }
}
