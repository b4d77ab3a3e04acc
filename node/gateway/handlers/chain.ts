/** Events of the network's programs, where the ledger is a chain. */
import { WeftError } from '#protocol/errors.ts'
import type { EventOf } from '../../api/route.ts'
import type { Routes } from '../../api/routes.ts'
import type { ChainEvents, PeerApi } from '../../peer/peer-api.ts'
import type { HandlersOf, StreamItem } from '../handler.ts'

type Told = EventOf<Routes['chain']['events']>

/** A peer without a chain refuses with LEDGER_OTHER, before a stream begins. */
export function chainHandlers(peer: PeerApi): HandlersOf<'chain'> {
  return {
    events: ({ query }) => {
      const events = peer.chainEvents
      if (events === undefined)
        throw new WeftError('LEDGER_OTHER', 'this peer belongs to no network on Solana', {
          data: { next: 'weft status' },
        })
      const { since } = query
      const follow = query.follow === 'true'
      return (signal) => numbered(told(events, { since, follow, signal }))
    },
  }
}

/** A stream that ends without `end` was cut off: the client asks again. */
async function* told(events: ChainEvents, options: Parameters<ChainEvents['follow']>[0]): AsyncGenerator<Told> {
  for await (const item of events.follow(options)) {
    if (item.type === 'event') yield { event: 'event', data: { ...item.event, undone: item.undone } }
    else yield { event: 'live', data: { network: events.networkId, agrees: item.agrees } }
  }
  if (!options.follow) yield { event: 'end', data: {} }
}

async function* numbered(items: AsyncGenerator<Told>): AsyncGenerator<StreamItem<Told['event']>> {
  let number = 0
  for await (const { event, data } of items) yield { id: String(++number), event, data: JSON.stringify(data) }
}
