/** The HTTP application over a peer: checks first, then the routes, and every error as a problem. */
import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import type { PeerApi } from '#node/api/peer-api.ts'
import { guardOrigin, requireToken } from './auth.ts'
import { Feeds } from './feeds.ts'
import { openApi } from './openapi.ts'
import { HttpError, problemOf, problemResponse } from './problem.ts'
import { reply } from './reply.ts'
import { chainRoutes } from './routes/chain.ts'
import { jobRoutes } from './routes/jobs.ts'
import { networkRoutes } from './routes/network.ts'
import { resultRoutes } from './routes/results.ts'

export interface AppOptions {
  /** Address that the server is bound to. */
  readonly host: string
  readonly token?: string | undefined
  readonly version: string
  /** Told of errors that are bugs; must not throw. */
  readonly onError?: ((error: unknown, requestId: string) => void) | undefined
}

export interface App {
  readonly app: Hono
  /** Ends the event streams. */
  stop(): void
}

export function createApp(peer: PeerApi, options: AppOptions): App {
  const app = new Hono()
  const feeds = new Feeds(peer)
  app.use(guardOrigin(options))
  app.get('/healthz', () => reply(health(peer, options)))
  if (options.token !== undefined) app.use(requireToken(options.token))
  app.get('/openapi.json', (c) => c.json(openApi(options.version)))
  const api = new Hono()
  networkRoutes(api, peer)
  jobRoutes(api, peer, feeds)
  resultRoutes(api, peer)
  chainRoutes(api, peer)
  app.route('/api/v1', api)
  app.notFound((c) =>
    problem(new HttpError(404, 'NOT_FOUND', `there is no ${c.req.method} ${c.req.path.slice(0, 200)}`)),
  )
  app.onError((error) => problem(error))
  return { app, stop: () => feeds.stop() }

  function problem(error: unknown): Response {
    const requestId = randomUUID()
    const described = problemOf(error, requestId)
    if (described.code === 'INTERNAL') options.onError?.(error, requestId)
    return problemResponse(described)
  }
}

/** What a second daemon that finds the port taken asks for. With a token, strangers learn only that this is Weft. */
function health(peer: PeerApi, options: AppOptions): object {
  const open = { service: 'weft', ok: true }
  return options.token === undefined
    ? { ...open, version: options.version, pid: process.pid, peer: peer.info().peer }
    : open
}
