/** Jobs: posting, listing, looking at one, why, cancelling, following. */
import type { Context, Hono } from 'hono'
import { z } from 'zod'
import type { JobView, PeerApi } from '#node/api/peer-api.ts'
import { WeftError } from '#protocol/errors.ts'
import { isKey } from '#protocol/wire/keys.ts'
import { readObject, signedSchema, submissionSchema } from '../body.ts'
import { bounds } from '../bounds.ts'
import type { Feeds } from '../feeds.ts'
import { IdempotencyCache } from '../idempotency.ts'
import { answer, reply, within } from '../reply.ts'
import { eventStream } from '../sse.ts'
import { cidParam, waitParam } from './params.ts'

const params = z.record(z.string(), z.union([z.string(), z.number().int(), z.array(z.string())]))
const engineSchema = z.strictObject({ engine: z.string().max(64), params, paths: z.array(z.string()).max(64) })
const listSchema = z.object({
  account: z.string().refine(isKey, 'not a key').optional(),
  limit: z.coerce.number().int().min(1).max(bounds.jobsListed).default(bounds.jobsListedDefault),
})

export function jobRoutes(api: Hono, peer: PeerApi, feeds: Feeds): void {
  const submitted = new IdempotencyCache<JobView>(() => performance.now())
  api.post('/jobs', (c) => submit(c, peer, submitted))
  api.get('/jobs', async (c) => reply({ jobs: await peer.jobs(listFilter(c)) }))
  api.post('/jobs/validate', async (c) => {
    const { engine, params, paths } = await readObject(c, engineSchema, bounds.jobBodyBytes)
    return reply({ problem: peer.validateEngine(engine, params, paths) ?? null })
  })
  api.get('/jobs/:id', async (c) => {
    const id = cidParam(c, 'id')
    const waitMs = waitParam(c)
    return reply(await answer(c, (signal) => peer.job(id, waitMs === undefined ? { signal } : { signal, waitMs })))
  })
  api.get('/jobs/:id/why', async (c) => {
    const id = cidParam(c, 'id')
    return reply(await answer(c, (signal) => peer.why(id, { signal })))
  })
  api.post('/jobs/:id/cancel', async (c) => {
    cidParam(c, 'id')
    const { envelope } = await readObject(c, signedSchema)
    return reply(await answer(c, (signal) => peer.cancel(envelope, { signal })))
  })
  api.get('/jobs/:id/events', async (c) => {
    const id = cidParam(c, 'id')
    await answer(c, (signal) => peer.job(id, { signal }))
    return eventStream(feeds.open(id), c.req.header('last-event-id'))
  })
}

async function submit(c: Context, peer: PeerApi, submitted: IdempotencyCache<JobView>): Promise<Response> {
  const job = await readObject(c, submissionSchema, bounds.jobBodyBytes)
  const key = c.req.header('idempotency-key')
  const send = (closed?: AbortSignal): Promise<JobView> => within(closed, (signal) => peer.submit(job, { signal }))
  const view = await (key === undefined ? send(c.req.raw.signal) : submitted.once(key, job.envelope, () => send()))
  const answer = reply(view, 201)
  answer.headers.set('location', `/api/v1/jobs/${view.jobId}`)
  return answer
}

function listFilter(c: Context): { account?: string; limit: number } {
  const parsed = listSchema.safeParse(c.req.query())
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new WeftError('USAGE', `${issue?.path.join('.') ?? 'query'}: ${issue?.message ?? 'not understood'}`)
  }
  const { account, limit } = parsed.data
  return account === undefined ? { limit } : { account, limit }
}
