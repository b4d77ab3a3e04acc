/** Events of the network's programs on Solana, where the ledger is a chain. */
import { z } from 'zod'
import { API, events, route, type Shape } from './route.ts'
import { int } from './shapes.ts'

/** One event of the programs; amounts as decimal text, keys in base58, other bytes in hexadecimal. */
export const chainEventSchema = z
  .object({
    name: z
      .string()
      .describe('NodeRegistered, JobCreated, JobCompleted, PaymentDistributed, and what changes accounts: Settled, …'),
    slot: int.describe("The chain's slot."),
    signature: z.string().describe('Of its transaction.'),
    index: int.describe('Place among the events of its transaction.'),
    data: z.record(z.string(), z.union([z.string(), z.boolean()])),
  })
  .meta({ id: 'ChainEvent' })
/** {@link chainEventSchema}. */
export type ChainEventView = Shape<typeof chainEventSchema>

/**
 * What a follower of the chain gets. `undone`: the event's slot was rolled back. `live`, once, ends what was stored;
 * `agrees`: the sums of all events are those of the accounts on chain.
 */
export type ChainItem =
  | { readonly type: 'event'; readonly event: ChainEventView; readonly undone: boolean }
  | { readonly type: 'live'; readonly agrees: boolean }

const toldSchema = chainEventSchema.extend({
  undone: z.boolean().describe('True if it was told before, and its slot was rolled back.'),
})
const liveSchema = z
  .object({
    network: z.string(),
    agrees: z.boolean().describe('True if the sums of all events are those of the accounts on chain.'),
  })
  .describe('Ends what was stored; once.')

/** Routes of the chain. */
export const chainRoutes = {
  events: route({
    method: 'GET',
    path: `${API}/chain/events`,
    summary: 'Events of the programs on Solana: each as event, live after those that are stored, end if not followed.',
    query: z.object({
      since: z.coerce
        .number<number | string>()
        .int()
        .min(0)
        .max(Number.MAX_SAFE_INTEGER)
        .default(0)
        .describe('From this chain slot on.'),
      follow: z
        .enum(['true', 'false'])
        .default('false')
        .describe('true: goes on with what happens; undone events are told again.'),
    }),
    status: 200,
    answer: events({ event: toldSchema, live: liveSchema, end: z.object({}) }),
    errors: ['LEDGER_OTHER'],
    example: {
      query: { since: 1, follow: 'false' },
      answer: [
        {
          event: 'event',
          data: {
            name: 'Deposited',
            slot: 7,
            signature: '5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4tjF3ZpRzrFmBV6UjKdiSZkQUW',
            index: 0,
            data: { amount: '1000' },
            undone: false,
          },
        },
        { event: 'live', data: { network: 'solana:local', agrees: true } },
        { event: 'end', data: {} },
      ],
    },
  }),
}
