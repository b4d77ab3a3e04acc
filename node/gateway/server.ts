/**
 * The gateway: a peer's HTTP API, on loopback unless there is a token. Bounded in connections, headers, bodies and time
 * (`bounds.ts`).
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { PeerApi } from '../peer/peer-api.ts'
import { createApp } from './app.ts'
import { checkBinding } from './auth.ts'
import { bounds } from './bounds.ts'
import { explainPortInUse } from './port.ts'

/** Where to listen, and who may ask. */
export interface GatewayOptions {
  readonly host: string
  /** 0: any free one. */
  readonly port: number
  /** Required from every client if set; must be set unless `host` is loopback. */
  readonly token?: string | undefined
  readonly version: string
  readonly onError?: ((error: unknown, requestId: string) => void) | undefined
}

/** A server that listens. */
export interface Gateway {
  readonly url: string
  readonly port: number
  /** Ends event streams, waits shortly for answers under way, closes. Idempotent. */
  stop(): Promise<void>
}

/**
 * Serves `peer`. CONFIG_INVALID for an open address without a token; PORT_IN_USE or DAEMON_RUNNING if the port is
 * taken.
 */
export async function startGateway(peer: PeerApi, options: GatewayOptions): Promise<Gateway> {
  checkBinding(options)
  const { app, stop } = createApp(peer, options)
  const listener = getRequestListener(app.fetch, { overrideGlobalObjects: false })
  const server = createServer({ maxHeaderSize: bounds.headerBytes }, (request, response) => {
    // Never rejects: the listener answers errors itself.
    void serve(listener, request, response)
  })
  bound(server)
  const port = await listen(server, options)
  const name = options.host.includes(':') ? `[${options.host}]` : options.host
  return { url: `http://${name}:${port}`, port, stop: once(() => close(server, stop)) }
}

async function serve(
  listener: ReturnType<typeof getRequestListener>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    await listener(request, response)
  } catch {
    response.destroy()
  }
}

function bound(server: Server): void {
  server.maxConnections = bounds.connections
  server.headersTimeout = bounds.headersTimeoutMs
  server.requestTimeout = bounds.requestTimeoutMs
  server.keepAliveTimeout = 65_000
}

function listen(server: Server, { host, port }: GatewayOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return reject(error)
      explainPortInUse(host, port, error).then(reject, reject)
    })
    server.listen({ host, port }, () => {
      const address = server.address()
      resolve(address !== null && typeof address === 'object' ? address.port : port)
    })
  })
}

async function close(server: Server, stopStreams: () => void): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  stopStreams()
  server.closeIdleConnections()
  const timer = setTimeout(() => server.closeAllConnections(), bounds.stopGraceMs)
  await closed
  clearTimeout(timer)
}

function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined
  return () => {
    done ??= work()
    return done
  }
}
