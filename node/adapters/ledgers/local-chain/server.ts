/** The local chain as a server: a local Solana VM, not a validator, for unmodified clients on this machine. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type WebSocket, WebSocketServer } from 'ws'
import type { Log } from '#node/ports/log.ts'
import { isWelcome } from './browser-guard.ts'
import { dispatch } from './dispatch.ts'
import { type Faults, NO_FAULTS } from './faults.ts'
import { chainLimits } from './limits.ts'
import { close, listenPair, type ServerPair } from './listen.ts'
import { type ChainProgram, type ChainStore, openChain, type Replay } from './open-chain.ts'
import { Outbox } from './outbox.ts'
import { callMethod } from './rpc-methods.ts'
import { lockState } from './state-lock.ts'
import { Subscriptions } from './subscriptions.ts'

/** How to run a local chain. */
export interface LocalChainOptions {
  /** Folder of its state; made if it is not there. */
  readonly stateDir: string
  /** Port P of HTTP; WebSocket listens on P + 1. 0 takes any free pair. */
  readonly port: number
  /** Loopback only. */
  readonly host?: string
  /** Programs to have at start. Other bytes for a known address upgrade it. */
  readonly programs?: readonly ChainProgram[]
  /** Milliseconds per slot, 400 as on a cluster. */
  readonly slotMs?: number
  readonly faults?: Partial<Faults>
  /** Transactions between two snapshots. */
  readonly snapshotTransactions?: number
  readonly log: Log
  readonly nowMs: () => number
  /** Decides which transactions are dropped: a number in [0, 1). */
  readonly random: () => number
}

/** A local chain that serves. */
export interface LocalChainServer {
  readonly rpcUrl: string
  readonly wsUrl: string
  readonly port: number
  readonly replayed: Replay
  /** Rejects if the log can no longer be written: the chain then answers nothing more. Never resolves. */
  readonly failed: Promise<never>
  /** Takes a snapshot, closes every connection and unlocks the folder. Idempotent. */
  stop(): Promise<void>
}

/** Starts a chain. Throws STORE_LOCKED, STORE_CORRUPT, PORT_IN_USE or USAGE (not loopback). */
export async function startLocalChain(options: LocalChainOptions): Promise<LocalChainServer> {
  const host = options.host ?? '127.0.0.1'
  const pair = await listenPair(host, options.port)
  let unlock: (() => void) | undefined
  try {
    unlock = lockState(options.stateDir)
    const slotMs = options.slotMs ?? 400
    const store = openChain({
      ...options,
      programs: options.programs ?? [],
      slotMs,
      faults: { ...NO_FAULTS, ...options.faults },
    })
    return serve({ ...options, host }, pair, store, unlock)
  } catch (error) {
    unlock?.()
    await Promise.all([close(pair.http), close(pair.socket)])
    throw error
  }
}

function serve(
  options: LocalChainOptions & { readonly host: string },
  pair: ServerPair,
  store: ChainStore,
  unlock: () => void,
): LocalChainServer {
  const { log } = options
  const onBug = (error: unknown) => log.error({ error }, 'local chain call failed')
  pair.http.keepAliveTimeout = chainLimits.keepAliveMs
  pair.http.headersTimeout = chainLimits.keepAliveMs + 5_000
  pair.http.maxConnections = chainLimits.httpConnections
  pair.http.on('request', (request, response) => void answerHttp(store, request, response, onBug))
  const sockets = new WebSocketServer({
    server: pair.socket,
    maxPayload: chainLimits.bodyBytes,
    verifyClient: ({ req }: { req: IncomingMessage }) => isWelcome(req),
  })
  const subscriptions = new Subscriptions(store.chain)
  sockets.on('connection', (socket, request) => {
    if (sockets.clients.size > chainLimits.socketConnections) socket.close(1013, 'too many connections')
    else serveSocket(store, subscriptions, { socket, fromBrowser: request.headers.origin !== undefined }, onBug)
  })
  const clock = runClock(store)
  let stopping: Promise<void> | undefined
  const stop = async () => {
    clearInterval(clock.timer)
    for (const socket of sockets.clients) socket.terminate()
    sockets.close()
    await Promise.all([close(pair.http), close(pair.socket)])
    await store.close().finally(unlock)
  }
  return {
    rpcUrl: `http://${options.host}:${pair.port}`,
    wsUrl: `ws://${options.host}:${pair.port + 1}`,
    port: pair.port,
    replayed: store.replayed,
    failed: clock.failed,
    stop: () => (stopping ??= stop()),
  }
}

/** Opens slots at their pace. Each is on the disk soon after, so that a restart never goes back in time. */
function runClock(store: ChainStore): { timer: NodeJS.Timeout; failed: Promise<never> } {
  let fail: (error: unknown) => void = () => {}
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  failed.catch(() => {}) // whoever cares awaits it; nobody has to
  const timer = setInterval(() => {
    store.chain.tick()
    store.log.flushed().then(() => store.checkpointIfDue(), fail)
  }, store.chain.slotMs)
  return { timer, failed }
}

/** Never rejects. */
async function answerHttp(
  store: ChainStore,
  request: IncomingMessage,
  response: ServerResponse,
  onBug: (error: unknown) => void,
): Promise<void> {
  try {
    if (!isWelcome(request)) return end(response, 403, 'the local chain answers this machine only')
    const { origin } = request.headers
    if (origin !== undefined) allowOrigin(response, origin)
    if (request.method === 'OPTIONS') return end(response, 204, '')
    if (request.method === 'GET' && request.url === '/health')
      return end(response, 200, store.chain.faults.stall ? 'behind' : 'ok')
    if (request.method !== 'POST') return end(response, 405, 'POST a JSON-RPC request')
    const body = await readBody(request)
    if (body === undefined) return end(response, 413, `a request is at most ${chainLimits.bodyBytes} bytes`)
    const call = (method: string, params: unknown) =>
      callMethod(store, method, params, { fromBrowser: origin !== undefined })
    const answer = await dispatch(body, call, onBug)
    await store.log.flushed()
    response.setHeader('content-type', 'application/json')
    end(response, 200, answer)
  } catch (error) {
    onBug(error)
    response.destroy()
  }
}

function serveSocket(
  store: ChainStore,
  subscriptions: Subscriptions,
  { socket, fromBrowser }: { socket: WebSocket; fromBrowser: boolean },
  onBug: (error: unknown) => void,
): void {
  const outbox = new Outbox(socket, () => store.log.flushed())
  const call = (method: string, params: unknown) =>
    subscriptions.call(outbox, method, params) ?? { result: callMethod(store, method, params, { fromBrowser }) }
  const unwrapped = (method: string, params: unknown) => call(method, params).result
  socket.on('message', (data) => {
    // Never rejects. The answer enters the outbox before any notification of the subscription that it announces.
    void dispatch(String(data), unwrapped, onBug).then((answer) => outbox.push(answer))
  })
  socket.on('error', () => socket.terminate())
  socket.on('close', () => subscriptions.drop(outbox))
}

/** Resolves to undefined if the body is too long; rejects if the client goes away. */
function readBody(request: IncomingMessage): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let length = 0
    request.on('data', (chunk: Buffer) => {
      length += chunk.length
      if (length > chainLimits.bodyBytes) return resolve(undefined)
      chunks.push(chunk)
    })
    request.on('end', () => resolve(Buffer.concat(chunks).toString()))
    request.on('error', reject)
  })
}

function allowOrigin(response: ServerResponse, origin: string): void {
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-allow-headers', 'content-type, solana-client')
  response.setHeader('access-control-allow-methods', 'POST, GET, OPTIONS')
  response.setHeader('vary', 'origin')
}

function end(response: ServerResponse, status: number, body: string): void {
  response.statusCode = status
  response.end(body)
}
