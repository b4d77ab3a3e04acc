/** The daemon's HTTP API for commands. Every answer is parsed; every problem becomes a WeftError with its code. */
import { z } from 'zod'
import type { ChainItem, JobEvent } from '#node/api/peer-api.ts'
import { problemSchema } from '#node/api/views.ts'
import { WeftError } from '#protocol/errors.ts'
import { type ChainFollowOptions, followChain } from '../chain/follow.ts'
import { followJob } from '../job/events.ts'
import type { CommonOptions } from './define.ts'
import { isErrorCode } from './errors.ts'
import { clientHome } from './home.ts'

export interface RequestOptions {
  readonly signal?: AbortSignal | undefined
  readonly headers?: Readonly<Record<string, string>>
}

export class Client {
  readonly url: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #where: string

  constructor(options: { url: string; token?: string | undefined; where?: string }) {
    this.url = options.url.replace(/\/+$/, '')
    this.#headers = options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }
    this.#where = options.where ?? this.url
  }

  async get<T>(path: string, schema: z.ZodType<T>, options: RequestOptions = {}): Promise<T> {
    return parse(await this.#fetch(path, options), schema)
  }

  async post<T>(path: string, body: unknown, schema: z.ZodType<T>, options: RequestOptions = {}): Promise<T> {
    const init = { method: 'POST', body: JSON.stringify(body) }
    const headers = { 'content-type': 'application/json', ...options.headers }
    return parse(await this.#fetch(path, { ...options, headers }, init), schema)
  }

  async bytes(path: string, options: RequestOptions = {}): Promise<Uint8Array> {
    return new Uint8Array(await (await this.#fetch(path, options)).arrayBuffer())
  }

  /** The job's events until it is closed; connects again where the connection broke. */
  follow(jobId: string, options: { signal?: AbortSignal | undefined } = {}): AsyncGenerator<JobEvent> {
    const open = (headers: Record<string, string>): Promise<Response> =>
      this.#fetch(`/jobs/${jobId}/events`, { ...options, headers })
    return followJob(open, options)
  }

  /** The daemon's events of the chain; connects again where the connection broke. */
  chainEvents(options: ChainFollowOptions): AsyncGenerator<ChainItem> {
    const open = (query: string): Promise<Response> => this.#fetch(`/chain/events?${query}`, options)
    return followChain(open, options)
  }

  async #fetch(path: string, { signal, headers = {} }: RequestOptions, init: RequestInit = {}): Promise<Response> {
    const response = await this.#reach(`${this.url}/api/v1${path}`, {
      ...init,
      headers: { ...this.#headers, ...headers },
      redirect: 'error',
      ...(signal === undefined ? {} : { signal }),
    })
    if (response.ok) return response
    throw await problemError(response)
  }

  async #reach(url: string, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init)
    } catch (cause) {
      if (init.signal?.aborted) throw init.signal.reason
      throw new WeftError('DAEMON_UNREACHABLE', `${this.#where} does not answer`, { cause })
    }
  }
}

/** The client that `--api`, WEFT_API or the home's `daemon.json` name. DAEMON_UNREACHABLE if none does. */
export function connect(options: CommonOptions): Client {
  const url = options.api ?? process.env['WEFT_API']
  const token = process.env['WEFT_TOKEN']
  if (url !== undefined && url !== '') {
    if (!URL.canParse(url)) throw new WeftError('USAGE', `${url} is no URL`)
    return new Client({ url, token })
  }
  const { daemon, paths } = clientHome(options)
  if (daemon === undefined) throw new WeftError('DAEMON_UNREACHABLE', `no daemon runs in ${paths.home}`)
  const where = `the daemon at ${daemon.url} (pid ${daemon.pid})`
  return new Client({ url: daemon.url, token: daemon.token ?? token, where })
}

async function parse<T>(response: Response, schema: z.ZodType<T>): Promise<T> {
  const parsed = schema.safeParse(await response.json().catch(() => undefined))
  if (parsed.success) return parsed.data
  const message = `the daemon's answer is not understood: ${z.prettifyError(parsed.error).slice(0, 300)}`
  throw new WeftError('INTERNAL', message, {
    data: { next: 'use the same version of weft as the daemon: weft version' },
  })
}

async function problemError(response: Response): Promise<WeftError> {
  const parsed = problemSchema.safeParse(await response.json().catch(() => undefined))
  if (!parsed.success || !isErrorCode(parsed.data.code))
    return new WeftError('DAEMON_UNREACHABLE', `${response.url} is not a Weft daemon (HTTP ${response.status})`)
  const { code, detail, hint, requestId } = parsed.data
  return new WeftError(code, detail, { data: { next: hint, requestId } })
}
