/**
 * The routes over HTTP: each request is parsed by its route, answered by its handler, and sent in the form that the
 * route says.
 */
import type { Hono } from 'hono'
import { fillPath, type RouteData } from '../api/route.ts'
import { routeList } from '../api/routes.ts'
import { Bytes, type Handlers, type Stream } from './handler.ts'
import { receive } from './receive.ts'
import { binary, reply, within } from './reply.ts'
import { streamOf } from './sse.ts'

/** A handler as seen from here; {@link Handlers} says that it fits its route. */
type AnyHandler = (request: object) => unknown

/** Serves the routes that need no token, or those that do. */
export function serve(app: Hono, handlers: Handlers, { open }: { readonly open: boolean }): void {
  const byNoun = handlers as unknown as Readonly<Record<string, Readonly<Record<string, AnyHandler>>>>
  for (const { noun, name, route } of routeList) {
    const handler = byNoun[noun]?.[name]
    if (handler === undefined) throw new Error(`no handler for ${noun}.${name}`)
    if ((route.open === true) === open) mount(app, route, handler)
  }
}

function mount(app: Hono, route: RouteData, handler: AnyHandler): void {
  app.on(route.method, route.path.replace(/\{(\w+)\}/g, ':$1'), async (c) => {
    const received = await receive(c, route)
    const result = await within(c.req.raw.signal, async (signal) => handler({ ...received, signal }))
    return respond(route, result)
  })
}

function respond(route: RouteData, result: unknown): Response {
  if (result instanceof Bytes) return binary(result.bytes, result.etag)
  if (typeof result === 'function') return streamOf(result as Stream)
  const value = result as Readonly<Record<string, unknown>>
  const response = reply(value, route)
  if (route.location !== undefined) response.headers.set('location', fillPath(route.location, value))
  return response
}
