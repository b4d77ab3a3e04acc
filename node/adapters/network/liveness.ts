/**
 * Finds dead connections. A machine that vanishes sends no reset: the kernel would hold its connection for a quarter of
 * an hour, and frames would go into it even when the peer is back under another address. libp2p's own monitor gives up
 * after one late answer (js-libp2p#3463), so it only measures here; this one waits for several.
 */
import type { Connection, Libp2p } from '@libp2p/interface'
import type { Log } from '#node/ports/log.ts'
import { bounds } from './settings.ts'

const pingProtocol = '/ipfs/ping/1.0.0'

/** Probes each connection at a steady pace and aborts those that do not answer. */
export class Liveness {
  readonly #node: Libp2p
  readonly #log: Log
  readonly #everyMs: number
  readonly #unanswered = new WeakMap<Connection, number>()
  #timer: NodeJS.Timeout | undefined

  constructor(parts: { node: Libp2p; log: Log; everyMs: number }) {
    this.#node = parts.node
    this.#log = parts.log
    this.#everyMs = parts.everyMs
  }

  start(): void {
    this.#timer = setInterval(() => {
      for (const connection of this.#node.getConnections()) void this.#probe(connection)
    }, this.#everyMs).unref()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /**
   * Never throws. To agree on a protocol takes a round trip: that is the probe. An answer of any kind is a sign of
   * life.
   */
  async #probe(connection: Connection): Promise<void> {
    const signal = AbortSignal.timeout(this.#everyMs)
    try {
      const stream = await connection.newStream(pingProtocol, { signal, runOnLimitedConnection: true })
      this.#unanswered.delete(connection)
      await stream.close({ signal }).catch((error: Error) => stream.abort(error))
    } catch {
      if (signal.aborted) this.#missed(connection)
      else this.#unanswered.delete(connection)
    }
  }

  #missed(connection: Connection): void {
    const count = (this.#unanswered.get(connection) ?? 0) + 1
    this.#unanswered.set(connection, count)
    if (count < bounds.probesUntilDead || connection.status !== 'open') return
    this.#log.info({ peer: connection.remotePeer.toString() }, 'connection dead, closed')
    connection.abort(new Error('no answer'))
  }
}
