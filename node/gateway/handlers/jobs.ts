/** Jobs: preparing, posting, listing, looking at one, why, cancelling, following. */
import type { JobView } from '../../api/job-view.ts'
import type { resultRoutes } from '../../api/results.ts'
import type { PeerApi } from '../../peer/peer-api.ts'
import type { Feeds } from '../feeds.ts'
import type { HandlersOf } from '../handler.ts'
import { IdempotencyCache } from '../idempotency.ts'
import { within } from '../reply.ts'
import { eventStream } from '../sse.ts'
import { checkEngine, prepare } from './prepare.ts'

/** One per gateway: it remembers the answers of its Idempotency-Keys. */
export function jobHandlers(peer: PeerApi, feeds: Feeds): Omit<HandlersOf<'jobs'>, keyof typeof resultRoutes> {
  const submitted = new IdempotencyCache<JobView>(() => performance.now())
  return {
    submit: ({ body, headers, signal }) => {
      const key = headers['idempotency-key']
      if (key === undefined) return peer.submit(body, { signal })
      const send = (): Promise<JobView> => within(undefined, (untied) => peer.submit(body, { signal: untied }))
      return submitted.once(key, body.envelope, send)
    },
    list: async ({ query: { account, limit } }) => ({
      jobs: await peer.jobs(account === undefined ? { limit } : { account, limit }),
    }),
    prepare: ({ body, signal }) => prepare(peer, body, { signal }),
    validate: ({ body }) => checkEngine(peer, body),
    show: ({ params, query, signal }) =>
      peer.job(params.id, query.wait === undefined ? { signal } : { signal, waitMs: Math.round(query.wait * 1_000) }),
    why: ({ params, signal }) => peer.why(params.id, { signal }),
    cancel: ({ body, signal }) => peer.cancel(body.envelope, { signal }),
    events: async ({ params, headers, signal }) => {
      await peer.job(params.id, { signal })
      return eventStream(feeds.open(params.id), headers['last-event-id'])
    },
  }
}
