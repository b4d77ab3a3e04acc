/** A client of one daemon. Its requests and answers are typed and parsed by the routes of `node/api`. */
import { z } from 'zod'
import { problemSchema } from '#node/api/problem.ts'
import { type EventOf, type Events, fillPath, type RequestOf, type RouteData, type Shape } from '#node/api/route.ts'
import { errorCode } from '#node/api/shapes.ts'
import { WeftError } from '#protocol/errors.ts'
import { encode, type Plain } from '#protocol/wire/canonical.ts'
import { messagesOf } from './sse.ts'

/** Where a daemon is. */
export interface ClientOptions {
  /** Such as `http://127.0.0.1:9338`. */
  readonly url: string
  /** What the daemon wants to see, if it wants one. */
  readonly token?: string | undefined
  /** How errors call the daemon; its URL unless given. */
  readonly name?: string | undefined
  /** What sends requests: the platform's `fetch` unless given. */
  readonly fetch?: typeof fetch | undefined
}

/** Options of everything that waits. */
export interface CallOptions {
  /** Aborting it rejects with its reason. */
  readonly signal?: AbortSignal | undefined
}

/** A route that answers a value. */
export type ValueRoute = RouteData & { readonly answer: z.ZodType }
/** A route that answers a stream of events. */
export type StreamRoute = RouteData & { readonly answer: Events }

/** One event of a stream, with the id from which to go on after it. */
export type Told<R extends RouteData> = EventOf<R> & { readonly id: string }

/** Parts of a request, whatever the route. */
interface Request {
  readonly params?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, string | undefined>>
  readonly body?: unknown
}

/**
 * Requests to one daemon. Keeps no connection and no state, so one may serve a whole program. A problem that the
 * daemon answers is thrown as WeftError with its code; `data.next` is the next step in words, `data.requestId` what the
 * daemon's log calls the request. DAEMON_UNREACHABLE if no Weft daemon answers, INTERNAL if its answer does not have
 * the route's shape.
 */
export class Client {
  /** Without a slash at the end. */
  readonly url: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #name: string
  readonly #fetch: typeof fetch

  constructor({ url, token, name, fetch: given }: ClientOptions) {
    this.url = url.replace(/\/+$/, '')
    this.#headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
    this.#name = name ?? this.url
    const send = given ?? fetch
    // In a browser `fetch` must not be called as a method of anything else.
    this.#fetch = (...args) => send(...args)
  }

  /** The answer of `route`. One request. */
  async call<R extends ValueRoute>(
    route: R,
    request: RequestOf<R>,
    options: CallOptions = {},
  ): Promise<Shape<R['answer']>> {
    const response = await this.#send(route, request as Request, options)
    const value: unknown = await response.json().catch(() => options.signal?.throwIfAborted())
    return understood(route.answer, value) as Shape<R['answer']>
  }

  /** The answer of `route` as the bytes that were sent. One request. */
  async bytes<R extends RouteData>(route: R, request: RequestOf<R>, options: CallOptions = {}): Promise<Uint8Array> {
    const response = await this.#send(route, request as Request, options)
    return new Uint8Array(await response.arrayBuffer())
  }

  /**
   * The events of `route`, in order, as they come: one connection, which may end or break at any time. Events that
   * only a later version knows are skipped.
   */
  async *events<R extends StreamRoute>(
    route: R,
    request: RequestOf<R>,
    options: CallOptions = {},
  ): AsyncGenerator<Told<R>> {
    const shapes = route.answer.events
    for await (const { id, event, data } of messagesOf(await this.#send(route, request as Request, options))) {
      const shape = Object.hasOwn(shapes, event) ? shapes[event] : undefined
      if (shape !== undefined) yield { id, event, data: understood(shape, parseJson(data)) } as Told<R>
    }
  }

  async #send(
    route: RouteData,
    { params = {}, query = {}, headers = {}, body }: Request,
    { signal }: CallOptions,
  ): Promise<Response> {
    const url = `${this.url}${fillPath(route.path, params)}${queryText(query)}`
    const init: RequestInit = { method: route.method, redirect: 'error' }
    const sent = body === undefined ? undefined : encodeBody(body)
    if (sent !== undefined) init.body = sent.bytes
    if (signal !== undefined) init.signal = signal
    init.headers = { ...this.#headers, ...sent?.headers, ...defined(headers) }
    const response = await this.#reach(url, init)
    if (response.ok) return response
    throw await problemIn(response)
  }

  async #reach(url: string, init: RequestInit): Promise<Response> {
    try {
      return await this.#fetch(url, init)
    } catch (cause) {
      if (init.signal?.aborted) throw init.signal.reason
      throw new WeftError('DAEMON_UNREACHABLE', `${this.#name} does not answer`, { cause })
    }
  }
}

/** What a problem document says, as it is thrown. A code that only a later version knows becomes INTERNAL. */
export function problemError({ code, detail, hint, requestId }: z.infer<typeof problemSchema>): WeftError {
  const known = errorCode.safeParse(code)
  return new WeftError(known.success ? known.data : 'INTERNAL', detail, { data: { next: hint, requestId } })
}

async function problemIn(response: Response): Promise<WeftError> {
  const parsed = problemSchema.safeParse(await response.json().catch(() => undefined))
  if (parsed.success) return problemError(parsed.data)
  return new WeftError('DAEMON_UNREACHABLE', `${response.url} is not a Weft daemon (HTTP ${response.status})`)
}

function understood(shape: z.ZodType, value: unknown): unknown {
  const parsed = shape.safeParse(value)
  if (parsed.success) return parsed.data
  const message = `the daemon's answer is not understood: ${z.prettifyError(parsed.error).slice(0, 300)}`
  const next = 'use the same version of weft as the daemon: weft version'
  throw new WeftError('INTERNAL', message, { data: { next } })
}

/** Bodies with bytes go as canonical CBOR, which needs a quarter less than base64 in JSON; others as JSON. */
function encodeBody(body: unknown): {
  readonly bytes: string | Uint8Array<ArrayBuffer>
  readonly headers: Record<string, string>
} {
  if (!hasBytes(body)) return { bytes: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  return { bytes: new Uint8Array(encode(body as Plain)), headers: { 'content-type': 'application/cbor' } }
}

function hasBytes(value: unknown): boolean {
  if (value instanceof Uint8Array) return true
  return value !== null && typeof value === 'object' && Object.values(value).some(hasBytes)
}

function queryText(query: Readonly<Record<string, unknown>>): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined)
  const text = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString()
  return text === '' ? '' : `?${text}`
}

function defined(headers: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
