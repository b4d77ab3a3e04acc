/**
 * What answers a route: a function from what the route's shapes made of the request to what its answer's shape holds.
 */
import type { AnswerOf, EventOf, Events, ReceivedOf, RouteData } from '../api/route.ts'
import type { Routes } from '../api/routes.ts'

/** Answers one route. Rejects with a WeftError for what is not possible; anything else is a bug and INTERNAL. */
export type Handler<R extends RouteData> = (request: Received<R>) => ResultOf<R> | Promise<ResultOf<R>>

/** A handler for each route of the API: one that is missing, or has no route, does not compile. */
export type Handlers = { readonly [N in keyof Routes]: HandlersOf<N> }

/** The handlers of one noun. */
export type HandlersOf<N extends keyof Routes> = {
  readonly [K in keyof Routes[N]]: Routes[N][K] extends RouteData ? Handler<Routes[N][K]> : never
}

/** A request that fits its route. `signal` is aborted when the client goes, or when the answer takes too long. */
export type Received<R extends RouteData> = ReceivedOf<R> & { readonly signal: AbortSignal }

/** What a handler makes: the answer's value, bytes, or the beginning of a stream. */
export type ResultOf<R extends RouteData> = R['answer'] extends Events
  ? Stream<EventOf<R>['event']>
  : R['answer'] extends 'bytes'
    ? Bytes
    : AnswerOf<R> | (R extends { readonly alsoBytes: string } ? Bytes : never)

/** Bytes as an answer; `etag` names them where they never change. */
export class Bytes {
  readonly bytes: Uint8Array
  readonly etag: string | undefined

  constructor(bytes: Uint8Array, etag?: string) {
    this.bytes = bytes
    this.etag = etag
  }
}

/** Begins a stream; its signal is aborted when the client goes. */
export type Stream<E extends string = string> = (signal: AbortSignal) => AsyncGenerator<StreamItem<E>>

/** One message of a stream; `data` is JSON without line breaks. */
export interface StreamItem<E extends string = string> {
  readonly id: string
  readonly event: E
  readonly data: string
}
