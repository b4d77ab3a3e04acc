/** Events of the network's programs, where the ledger is a chain. */
import type { Hono } from 'hono'
import { z } from 'zod'
import type { ChainEvents, PeerApi } from '#node/api/peer-api.ts'
import { WeftError } from '#protocol/errors.ts'
import { type StreamItem, streamOf } from '../sse.ts'

const querySchema = z.object({
  since: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  follow: z.enum(['true', 'false']).default('false'),
})

export function chainRoutes(api: Hono, peer: PeerApi): void {
  api.get('/chain/events', (c) => {
    const parsed = querySchema.safeParse(c.req.query())
    if (!parsed.success) {
      const issue = parsed.error.issues[0]
      throw new WeftError('USAGE', `${issue?.path.join('.') ?? 'query'}: ${issue?.message ?? 'not understood'}`)
    }
    const { since, follow } = parsed.data
    const events = peer.chainEvents
    if (events === undefined)
      throw new WeftError('LEDGER_OTHER', 'this peer belongs to no network on Solana', {
        data: { next: 'weft status' },
      })
    return streamOf((signal) => items(events, { since, follow: follow === 'true', signal }))
  })
}

/** A stream that ends without `end` was cut off: the client asks again. */
async function* items(events: ChainEvents, options: Parameters<ChainEvents['follow']>[0]): AsyncGenerator<StreamItem> {
  let number = 0
  const next = (event: string, value: object): StreamItem => ({
    id: String(++number),
    event,
    data: JSON.stringify(value),
  })
  for await (const item of events.follow(options)) {
    if (item.type === 'event') yield next('event', { ...item.event, undone: item.undone })
    else yield next('live', { network: events.networkId, agrees: item.agrees })
  }
  if (!options.follow) yield next('end', {})
}
