/**
 * The daemon's events of the chain, and going on after a broken connection: what was shown is compared with what is
 * there now.
 */
import { z } from 'zod'
import type { ChainEventView, ChainItem } from '#node/api/peer-api.ts'
import { chainEventSchema } from '#node/api/views.ts'
import { WeftError } from '#protocol/errors.ts'
import { messagesOf, pause } from '../job/events.ts'

export interface ChainFollowOptions {
  /** Chain slot. */
  readonly since: number
  readonly follow: boolean
  readonly signal?: AbortSignal | undefined
}

/** Broken connections in a row after which we give up. */
const RETRIES = 20
const RETRY_MS = 500
/**
 * Events that are remembered, to find out what happened to them while the connection was broken: more than slots that
 * are not final hold.
 */
const REMEMBERED = 2_000

const itemSchema = chainEventSchema.and(z.object({ undone: z.boolean() }))
const liveSchema = z.object({ agrees: z.boolean() })

/**
 * Events from `since` on, each told once; `open` makes a request with the query given. DAEMON_UNREACHABLE if no
 * daemon answers at first, or if it stays away.
 */
export async function* followChain(
  open: (query: string) => Promise<Response>,
  { since, follow, signal }: ChainFollowOptions,
): AsyncGenerator<ChainItem> {
  const shown = new Shown()
  for (let failures = 0; ; ) {
    const again = shown.begin()
    try {
      const from = again ?? since
      for await (const message of messagesOf(await open(`since=${from}&follow=${follow}`))) {
        failures = 0
        const value: unknown = JSON.parse(message.data)
        if (message.event === 'end') return
        if (message.event === 'event') {
          const { undone, ...event } = itemSchema.parse(value)
          if (shown.take(event, undone)) yield { type: 'event', event, undone }
        } else if (message.event === 'live') {
          for (const event of shown.missing()) yield { type: 'event', event, undone: true }
          if (again === undefined) yield { type: 'live', agrees: liveSchema.parse(value).agrees }
        }
      }
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      const code = error instanceof WeftError ? error.code : undefined
      if ((code !== undefined && code !== 'DAEMON_UNREACHABLE') || (again === undefined && failures === 0)) throw error
    }
    if (!follow || ++failures > RETRIES)
      throw new WeftError('DAEMON_UNREACHABLE', 'the daemon stopped while we read its events')
    await pause(RETRY_MS, signal)
    if (signal?.aborted) throw signal.reason
  }
}

/** The newest events that were told, and which of them the daemon told again since the connection was made anew. */
class Shown {
  readonly #events = new Map<string, ChainEventView>()
  #unseen: Set<string> | undefined

  /** Slot from which to ask again; undefined the first time. */
  begin(): number | undefined {
    const slots = [...this.#events.values()].map(({ slot }) => slot)
    if (slots.length === 0) return undefined
    this.#unseen = new Set(this.#events.keys())
    return Math.min(...slots)
  }

  /** True if it is news. */
  take(event: ChainEventView, undone: boolean): boolean {
    const name = `${event.signature}/${event.index}/${event.slot}`
    this.#unseen?.delete(name)
    if (undone) return this.#events.delete(name) || this.#events.size >= REMEMBERED
    if (this.#events.has(name)) return false
    this.#events.set(name, event)
    const oldest = this.#events.keys().next().value
    if (this.#events.size > REMEMBERED && oldest !== undefined) this.#events.delete(oldest)
    return true
  }

  /** What was told before and is not there any more. */
  missing(): ChainEventView[] {
    const names = [...(this.#unseen ?? [])]
    this.#unseen = undefined
    return names.flatMap((name) => {
      const event = this.#events.get(name)
      this.#events.delete(name)
      return event === undefined ? [] : [event]
    })
  }
}
