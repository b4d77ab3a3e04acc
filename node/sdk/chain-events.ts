/**
 * The events of a chain, as a daemon tells them. After a broken connection they are asked for again from the oldest
 * one that is remembered, and what was told before is compared with what is there now.
 */
import type { ChainEventView, ChainItem } from '#node/api/chain.ts'
import { routes } from '#node/api/routes.ts'
import type { CallOptions, Client } from './client.ts'
import { reconnected } from './reconnect.ts'

/** Which events of a chain are wanted. */
export interface ChainFollowOptions extends CallOptions {
  /** Chain slot of the first. */
  readonly since: number
  /** Goes on with what happens, until the signal. */
  readonly follow: boolean
}

/** More than slots that are not final hold: only events in such slots can be rolled back. */
const REMEMBERED = 2_000

/**
 * Events from `since` on, each told once, and with `follow` what happens to them; `undone`: it was told before, and
 * its slot was rolled back. One `live` ends what was stored; `agrees`: the sums of all events are those of the accounts
 * on chain. LEDGER_OTHER where the ledger is no chain. DAEMON_UNREACHABLE if no daemon answers at first, if the
 * connection breaks although nothing is followed, or if the daemon stays away for ten seconds.
 */
export async function* followChain(
  client: Client,
  { since, follow, signal }: ChainFollowOptions,
): AsyncGenerator<ChainItem> {
  const told = new Told()
  let resumed = false
  const open = () => {
    const from = told.begin()
    resumed = from !== undefined
    const query = { since: from ?? since, follow: follow ? 'true' : 'false' } as const
    return client.events(routes.chain.events, { query }, { signal })
  }
  const options = { isLast: ({ event }: { event: string }) => event === 'end', signal }
  for await (const item of reconnected(open, follow ? options : { ...options, retries: 0 })) {
    switch (item.event) {
      case 'event': {
        const { undone, ...event } = item.data
        if (told.take(event, undone)) yield { type: 'event', event, undone }
        break
      }
      case 'live':
        for (const event of told.missing()) yield { type: 'event', event, undone: true }
        if (!resumed) yield { type: 'live', agrees: item.data.agrees }
        break
      case 'end':
        break
      default:
        item satisfies never
    }
  }
}

/** The newest events that were told, and which of them the daemon told again since the connection was made anew. */
class Told {
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
