/**
 * The DHT as a model: one table that every peer reaches after the time of a walk. Of one key the highest sequence
 * number counts, of equal ones the largest bytes, as the real one has it. Who is down reaches nothing.
 */
import type { Endpoint } from './endpoint.ts'
import { parameters } from './parameters.ts'
import type { Timeline } from './timeline.ts'

/** One per network. */
export class Dht {
  readonly #time: Timeline
  readonly #records = new Map<string, Uint8Array>()

  constructor(time: Timeline) {
    this.#time = time
  }

  /** The number of peers that took the record: all of the model's, or none. */
  async put(from: Endpoint, key: string, value: Uint8Array): Promise<number> {
    await this.#walk()
    if (from.events === undefined) return 0
    const known = this.#records.get(key)
    if (known !== undefined && Buffer.compare(known, value) > 0) return 0
    this.#records.set(key, value)
    return parameters.dht.takers
  }

  /** The newest record under `key`. */
  async get(from: Endpoint, key: string): Promise<Uint8Array | undefined> {
    await this.#walk()
    return from.events === undefined ? undefined : this.#records.get(key)
  }

  #walk(): Promise<void> {
    return new Promise((resolve) => {
      this.#time.after(parameters.dht.walkUs, resolve)
    })
  }
}
