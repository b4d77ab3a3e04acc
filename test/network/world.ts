/** Real peers on loopback for the tests: free ports, identities by number, waiting by condition. */
import { setTimeout as pause } from 'node:timers/promises'
import { createLibp2pNetwork, type Libp2pNetwork } from '#node/adapters/network/network.ts'
import type { Libp2pSettings, Sequences } from '#node/adapters/network/settings.ts'
import type { Log } from '#node/ports/log.ts'
import type { Network } from '#node/ports/network.ts'
import type { NetworkWorld, PeerPlan } from '#test/compliance/network.ts'

/** Warnings and errors that were logged. */
export type Logged = { fields: Record<string, unknown>; message: string }[]

/** A log that keeps warnings and errors. */
export function keepLog(kept: Logged): Log {
  const keep = (fields: Record<string, unknown>, message: string): void => {
    kept.push({ fields, message })
  }
  const log: Log = { debug: () => undefined, info: () => undefined, warn: keep, error: keep, child: () => log }
  return log
}

/** Sequence numbers in memory: they survive a peer, not the process. */
export function memorySequences(): Sequences {
  const kept = new Map<string, bigint>()
  return {
    get: async (key) => kept.get(key),
    set: async (key, sequence) => {
      kept.set(key, sequence)
    },
  }
}

/** Settings of peer `id`; tests change what they are about. */
export function settingsOf(id: number, changes: Partial<Libp2pSettings> = {}): Libp2pSettings {
  return {
    seed: new Uint8Array(32).fill(id),
    listen: ['/ip4/127.0.0.1/tcp/0'],
    bootstrap: [],
    cachedPeers: { load: async () => [], save: async () => undefined },
    mdns: false,
    networkId: 'test',
    sequences: memorySequences(),
    validate: (_key, _sequence, content) => !new TextDecoder().decode(content).startsWith('junk'),
    log: keepLog([]),
    ...changes,
  }
}

/** Resolves when `condition` holds: looks again after each turn in which something may have happened. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const patience = performance.now() + 25_000
  while (!condition()) {
    if (performance.now() > patience) throw new Error(`waited in vain: ${what}`)
    await pause(5)
  }
}

/** A world of real peers. */
export class LoopbackWorld implements NetworkWorld {
  readonly hasBandwidth = true
  readonly until = until
  readonly #made: Network[] = []
  readonly #listen = new Map<number, string>()
  readonly #sequences = new Map<number, Sequences>()

  async peer(plan: PeerPlan): Promise<Libp2pNetwork> {
    return this.make(plan.id, { bootstrap: plan.join })
  }

  /** Makes peer `id`; a second one of that number listens where the first one did. */
  make(id: number, changes: Partial<Libp2pSettings> = {}): Libp2pNetwork {
    const sequences = this.#sequences.get(id) ?? memorySequences()
    this.#sequences.set(id, sequences)
    const listen = [this.#listen.get(id) ?? '/ip4/127.0.0.1/tcp/0']
    const network = createLibp2pNetwork(settingsOf(id, { sequences, listen, ...changes }))
    this.#made.push(network)
    const start = network.start.bind(network)
    network.start = async (events) => {
      await start(events)
      const address = network.addresses()[0]?.split('/p2p/')[0]
      if (address !== undefined) this.#listen.set(id, address)
    }
    return network
  }

  async end(): Promise<void> {
    await Promise.all(this.#made.map((network) => network.stop()))
  }
}
