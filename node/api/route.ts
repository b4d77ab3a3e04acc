/**
 * A route of the HTTP API as data. The OpenAPI document, the server's parsing and its handlers' types, the client's
 * types and the table of the documentation are derived from it, so a route is said once. All of it runs in a browser.
 */
import { z } from 'zod'
import type { ErrorCode } from '#protocol/errors.ts'
import type { Frozen, Shape } from '#protocol/shapes.ts'

export type { Shape } from '#protocol/shapes.ts'

/** Where the versioned routes begin. */
export const API = '/api/v1'

/** The answer is bytes (`application/octet-stream`). */
export const bytes = 'bytes'

/** The answer is a stream of Server-Sent Events: the shape of each event's data by the event's name. */
export interface Events<E extends EventShapes = EventShapes> {
  readonly events: E
}

/** Shapes of the events of a stream by name. */
export type EventShapes = Readonly<Record<string, z.ZodType>>

/** A stream of these events. A stream that ends without one named `end` was cut off. */
export function events<const E extends EventShapes>(shapes: E): Events<E> {
  return { events: shapes }
}

/** One route. Names in braces in `path` are the members of `params`. */
export interface RouteData {
  readonly method: 'GET' | 'POST'
  readonly path: `/${string}`
  /** One sentence for the documentation. */
  readonly summary: string
  /** True if it needs no token. */
  readonly open?: true
  /** From text: what stands in the path. */
  readonly params?: z.ZodObject
  /** From text: what stands behind the question mark. Each may be left out. */
  readonly query?: z.ZodObject
  /** Headers that it takes, all optional: what each does, by lower-case name. */
  readonly headers?: Readonly<Record<string, string>>
  /** The body: canonical CBOR, or JSON in which bytes are base64. */
  readonly body?: z.ZodType
  /** Longest body in bytes, if it is not {@link apiBounds.bodyBytes}. JOB_TOO_LARGE beyond it. */
  readonly bodyBytesMax?: number
  /** Status of the answer. */
  readonly status: 200 | 201
  readonly answer: z.ZodType | typeof bytes | Events
  /** When the answer is bytes instead, in words. */
  readonly alsoBytes?: string
  /** True if the answer is a document of a format of its own: without `schemaVersion`. */
  readonly bare?: true
  /** Header `location` of the answer: names in braces are members of the answer. */
  readonly location?: `/${string}`
  /** Codes that it answers beside {@link commonErrors}. */
  readonly errors: readonly ErrorCode[]
  /** A request and its answer: values that the shapes accept. */
  readonly example: Example
}

interface Example {
  readonly params?: unknown
  readonly query?: unknown
  readonly body?: unknown
  /** Of a stream: its events in order. Of bytes: none. */
  readonly answer?: unknown
}

/** The route in `data`; an example that does not fit its shapes does not compile. */
export function route<R extends RouteData>(data: R & { readonly example: ExampleOf<R> }): R {
  return data
}

/** What a client gives: path parameters and a body where the route has them, a query and headers if it wants. */
export type RequestOf<R extends RouteData> = Given<R, 'params'> & Given<R, 'body'> & QueryOf<R> & HeadersOf<R>

/** What a handler gets: each part as its shape made it. */
export type ReceivedOf<R extends RouteData> = {
  readonly [K in 'params' | 'query' | 'body']: R extends { readonly [P in K]: infer S extends z.ZodType }
    ? Frozen<z.output<S>>
    : undefined
} & { readonly headers: { readonly [H in HeaderOf<R>]?: string | undefined } }

/** What the client gets: the answer's value, bytes, or the events one by one. */
export type AnswerOf<R extends RouteData> = R['answer'] extends z.ZodType
  ? Shape<R['answer']>
  : R['answer'] extends Events
    ? AsyncIterable<EventOf<R>>
    : Uint8Array

/** The events of a stream, each with its name. `never` for a route that answers otherwise. */
export type EventOf<R extends RouteData> =
  R['answer'] extends Events<infer E>
    ? { [N in keyof E & string]: { readonly event: N; readonly data: Shape<E[N]> } }[keyof E & string]
    : never

type HeaderOf<R extends RouteData> = R extends { readonly headers: infer H } ? keyof H & string : never

type Given<R extends RouteData, K extends 'params' | 'body'> = R extends {
  readonly [P in K]: infer S extends z.ZodType
}
  ? { readonly [P in K]: Frozen<z.input<S>> }
  : unknown

type QueryOf<R extends RouteData> = R extends { readonly query: infer S extends z.ZodType }
  ? { readonly query?: Frozen<z.input<S>> }
  : unknown

type HeadersOf<R extends RouteData> = R extends { readonly headers: infer H }
  ? { readonly headers?: { readonly [N in keyof H]?: string } }
  : unknown

type ExampleOf<R extends RouteData> = Given<R, 'params'> &
  Given<R, 'body'> &
  QueryOf<R> &
  (R['answer'] extends z.ZodType
    ? { readonly answer: Frozen<z.input<R['answer']>> }
    : R['answer'] extends Events
      ? { readonly answer: readonly EventOf<R>[] }
      : unknown)

/** The names in braces in a route's path or location, in order. */
export function namesIn(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '')
}

/** `path` with its names replaced by `values`, each encoded as one part of it. Throws RangeError if one is missing. */
export function fillPath(path: string, values: Readonly<Record<string, unknown>>): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name]
    if (typeof value !== 'string') throw new RangeError(`${path} needs ${name}`)
    return encodeURIComponent(value)
  })
}

/** True for an answer that is a stream of events. */
export function isEvents(answer: RouteData['answer']): answer is Events {
  return typeof answer === 'object' && 'events' in answer
}

/** True for an answer that is a value of a shape. */
export function isShape(answer: RouteData['answer']): answer is z.ZodType {
  return answer instanceof z.ZodType
}
