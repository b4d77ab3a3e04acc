/** Keeps an index up to date: the WebSocket says when something happened, and it is looked anyway every few seconds. */
import type { Log } from '#node/ports/log.ts'
import { JOB_RECEIPT_ID, NODE_REGISTRY_ID, PAYMENT_SPLITTER_ID } from '#programs/client/programs.ts'
import type { ChainNetwork } from './cluster.ts'
import type { Synced } from './event-index.ts'
import { listenForCalls } from './log-socket.ts'

/** A WebSocket may be dead without saying so. */
const POLL_MS = 2_000
/** Logs of one slot arrive together. */
const GATHER_MS = 50

export interface FollowOptions {
  readonly signal: AbortSignal
  readonly log: Log
  readonly onSynced: (synced: Synced) => void
  /** How often is looked without being told, ms. */
  readonly pollMs?: number
}

/**
 * Reads until `signal` aborts; `onSynced` gets what each reading changed, if anything. Goes on when the chain is away.
 * Never rejects.
 */
export async function followEvents(
  chain: ChainNetwork,
  index: { sync(): Promise<Synced> },
  { signal, log, onSynced, pollMs = POLL_MS }: FollowOptions,
): Promise<void> {
  const wakeUp = new WakeUp(signal)
  const programs = [NODE_REGISTRY_ID, JOB_RECEIPT_ID, PAYMENT_SPLITTER_ID]
  listenForCalls(chain.rpcUrl, programs, { signal, onCall: () => wakeUp.now() })
  let away = false
  while (!signal.aborted) {
    try {
      const synced = await index.sync()
      away = false
      if (synced.added.length > 0 || synced.undone.length > 0) onSynced(synced)
    } catch (error) {
      if (!away && !signal.aborted) log.warn({ error }, 'the chain does not answer; events are read when it is back')
      away = true
    }
    await wakeUp.within(pollMs)
  }
}

/** Ends a wait early. What comes while nobody waits counts for the next wait, and several count as one. */
class WakeUp {
  #asked = false
  #wake = (): void => undefined
  readonly #signal: AbortSignal

  constructor(signal: AbortSignal) {
    this.#signal = signal
    signal.addEventListener('abort', () => this.#wake(), { once: true })
  }

  now(): void {
    this.#asked = true
    this.#wake()
  }

  /** Resolves shortly after {@link now} was called, or after `ms`, or at once when the signal aborts. */
  async within(ms: number): Promise<void> {
    if (!this.#asked) await this.#pause(ms)
    if (this.#asked && !this.#signal.aborted) await this.#pause(GATHER_MS)
    this.#asked = false
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      if (this.#signal.aborted) return resolve()
      const done = (): void => {
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.#wake = done
    })
  }
}
