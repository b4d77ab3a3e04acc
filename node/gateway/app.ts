/** The HTTP application over a peer: checks first, then the routes, and every error as a problem. */
import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import type { PeerApi } from '../peer/peer-api.ts'
import { guardOrigin, requireToken } from './auth.ts'
import { Feeds } from './feeds.ts'
import { handlersOf } from './handlers/handlers.ts'
import { HttpError, problemOf, problemResponse } from './problem.ts'
import { serve } from './serve.ts'

/** What the application is told of its surroundings. */
export interface AppOptions {
  /** Address that the server is bound to. */
  readonly host: string
  readonly token?: string | undefined
  readonly version: string
  /** Told of errors that are bugs; must not throw. */
  readonly onError?: ((error: unknown, requestId: string) => void) | undefined
}

/** The application, not listening yet. */
export interface App {
  readonly app: Hono
  /** Ends the event streams. */
  stop(): void
}

/** The API over `peer`. Never throws for a request: every error becomes a problem document. */
export function createApp(peer: PeerApi, options: AppOptions): App {
  const app = new Hono()
  const feeds = new Feeds(peer)
  const handlers = handlersOf(peer, { feeds, ...options })
  app.use(guardOrigin(options))
  serve(app, handlers, { open: true })
  if (options.token !== undefined) app.use(requireToken(options.token))
  serve(app, handlers, { open: false })
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
