/** Binds the two ports: HTTP on P, WebSocket on P + 1, where clients look for it. Loopback only. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { z } from 'zod'
import { WeftError } from '#protocol/errors.ts'

/** Two bound servers, the second one port above the first. */
export interface ServerPair {
  readonly http: Server
  readonly socket: Server
  readonly port: number
}

const LOOPBACK = ['127.0.0.1', '::1', 'localhost']
const PAIR_ATTEMPTS = 32
const PROBE_MS = 1_000

/**
 * Binds `port` and `port + 1`, or any free pair for port 0. Throws PORT_IN_USE, naming the holder, and USAGE unless
 * `host` is loopback.
 */
export async function listenPair(host: string, port: number): Promise<ServerPair> {
  if (!LOOPBACK.includes(host))
    throw new WeftError(
      'USAGE',
      `the local chain serves loopback only, not ${host}: its faucet and faults are for everybody who can reach it`,
    )
  if (port !== 0) return listenAt(host, port)
  for (let attempt = 0; attempt < PAIR_ATTEMPTS; attempt++) {
    const http = await listen(host, 0)
    const free = portOf(http)
    try {
      return { http, socket: await listen(host, free + 1), port: free }
    } catch {
      await close(http) // the port above is taken: try another pair
    }
  }
  throw new WeftError('PORT_IN_USE', 'no two neighbouring ports are free')
}

/** Closes a server and the connections that it has. */
export async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise<void>((resolve) => server.close(() => resolve()))
}

async function listenAt(host: string, port: number): Promise<ServerPair> {
  const http = await listen(host, port)
  try {
    return { http, socket: await listen(host, port + 1), port }
  } catch (error) {
    await close(http)
    throw error
  }
}

async function listen(host: string, port: number): Promise<Server> {
  if (port > 65_535) throw new WeftError('USAGE', `port ${port} does not exist: choose --port below 65535`)
  const server = createServer()
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(port, host, resolve)
    })
    return server
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error
    throw new WeftError(
      'PORT_IN_USE',
      `port ${port} is in use by ${await holderOf(host, port)}: choose another with --port`,
      {
        cause: error,
        data: { port },
      },
    )
  }
}

const infoSchema = z.object({ result: z.object({ pid: z.number() }) })
const versionSchema = z.object({ result: z.object({ 'solana-core': z.string() }) })

async function holderOf(host: string, port: number): Promise<string> {
  const info = infoSchema.safeParse(await ask(host, port, 'weft_info'))
  if (info.success) return `another weft chain, process ${info.data.result.pid}`
  const version = versionSchema.safeParse(await ask(host, port, 'getVersion'))
  return version.success ? `a Solana RPC node, version ${version.data.result['solana-core']}` : 'another program'
}

async function ask(host: string, port: number, method: string): Promise<unknown> {
  const name = host.includes(':') ? `[${host}]` : host
  try {
    const answer = await fetch(`http://${name}:${port}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: [] }),
      signal: AbortSignal.timeout(PROBE_MS),
    })
    return await answer.json()
  } catch {
    return undefined // it does not speak our language, which is an answer too
  }
}

function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('broken invariant: a TCP server has a port')
  return address.port
}
