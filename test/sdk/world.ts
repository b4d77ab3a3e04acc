/** A daemon that is a function: what the SDK sends is recorded, and answered by a script. */
import type { AccountView } from '#node/api/accounts.ts'
import type { JobView } from '#node/api/job-view.ts'
import type { Prepared } from '#node/api/jobs.ts'
import { statusOf } from '#node/api/problem.ts'
import { routeList, routes } from '#node/api/routes.ts'
import { Client } from '#node/sdk/index.ts'
import { JOB, readInput } from '#protocol/account/inputs.ts'
import { WeftError } from '#protocol/errors.ts'
import type { JobSpec } from '#protocol/job/spec.ts'
import { decode } from '#protocol/wire/canonical.ts'
import { readEnvelope } from '#protocol/wire/envelope.ts'
import { sha256, utf8 } from '#protocol/wire/hash.ts'
import { networkDomain } from '#protocol/wire/header.ts'
import { type Signer, signerFromSeed } from '#protocol/wire/keys.ts'

export const NETWORK = 'roster:fake'
export const DOMAIN: Uint8Array = networkDomain(NETWORK)
export const signer: Signer = signerFromSeed(sha256(utf8('wallet')))

/** A request as the daemon sees it. */
export interface Seen {
  /** Noun and name of its route: `jobs.submit`. */
  readonly route: string
  readonly url: URL
  readonly headers: Headers
  /** Decoded. */
  readonly body: unknown
}

/** Answers a request: a value becomes JSON, what it throws a problem. */
export type Script = (seen: Seen) => unknown

/** A client of a daemon that answers as `script` says, and what was asked of it. */
export function startFake(script: Script): { client: Client; seen: Seen[]; asked: () => string[] } {
  const seen: Seen[] = []
  const answer = async (input: unknown, init: RequestInit = {}): Promise<Response> => {
    init.signal?.throwIfAborted()
    const url = new URL(String(input))
    const headers = new Headers(init.headers)
    const request = { route: routeOf(init.method ?? 'GET', url.pathname), url, headers, body: bodyOf(init, headers) }
    seen.push(request)
    try {
      const value = await script(request)
      return value instanceof Response ? value : Response.json(value)
    } catch (error) {
      if (error instanceof WeftError) return problem(error)
      throw error
    }
  }
  const client = new Client({ url: 'http://daemon.test/', fetch: answer })
  return { client, seen, asked: () => seen.map(({ route }) => route) }
}

/** A stream of Server-Sent Events; one without `end` was cut off. */
export function stream(...messages: readonly { id: string; event: string; data: unknown }[]): Response {
  const text = messages.map(({ id, event, data }) => `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`)
  return new Response(`retry: 1000\n\n: still here\n\n${text.join('')}`)
}

/** What `jobs.prepare` answers of a network that can run everything. */
export function preparedAnswer(changes: Partial<Prepared> = {}): Prepared {
  return {
    network: NETWORK,
    domain: Buffer.from(DOMAIN).toString('base64'),
    account: accountAnswer(),
    problem: null,
    engines: ['noop', 'python'],
    peersAble: { others: 4, all: 5 },
    ...changes,
  }
}

export function accountAnswer(changes: Partial<AccountView> = {}): AccountView {
  const { answer } = routes.accounts.show.example
  return { ...answer, account: signer.key, nextSeq: 1, spent: '500', reserved: '20', ...changes }
}

export function jobAnswer(changes: Partial<JobView> = {}): JobView {
  return { ...routes.jobs.show.example.answer, ...changes }
}

/** The job in the body of `jobs.submit`; its signature is checked. */
export function signedIn({ body }: Seen): { spec: JobSpec; blobs: readonly Uint8Array[] } {
  const { envelope: raw, blobs } = body as { envelope: Uint8Array; blobs: readonly Uint8Array[] }
  const envelope = readEnvelope(raw, DOMAIN)
  const input = envelope && readInput(envelope, DOMAIN)
  if (input?.kind !== JOB) throw new Error('no signed job')
  return { spec: input.spec, blobs }
}

function routeOf(method: string, path: string): string {
  const found = routeList.find(
    ({ route }) => route.method === method && new RegExp(`^${route.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(path),
  )
  if (found === undefined) throw new Error(`no route ${method} ${path}`)
  return `${found.noun}.${found.name}`
}

function bodyOf({ body }: RequestInit, headers: Headers): unknown {
  if (body === undefined || body === null) return undefined
  if (headers.get('content-type') === 'application/json') return JSON.parse(String(body))
  if (headers.get('content-type') === 'application/cbor' && body instanceof Uint8Array) return decode(body)
  throw new Error('a body in another format')
}

function problem({ code, message }: WeftError): Response {
  const status = statusOf(code)
  const document = {
    type: `urn:weft:error:${code}`,
    title: '',
    status,
    detail: message,
    code,
    hint: '',
    requestId: 'r',
  }
  return Response.json(document, { status })
}
