/** What a network says to a job before it is signed: whether it can run it, for whom and on how many peers. */
import type { AccountView } from '#node/api/accounts.ts'
import type { Prepared } from '#node/api/jobs.ts'
import { routes } from '#node/api/routes.ts'
import { fromBase64 } from '#node/api/shapes.ts'
import { WeftError } from '#protocol/errors.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { CallOptions, Client } from './client.ts'
import type { PreparedJob } from './job-file.ts'
import type { PostNotice } from './notice.ts'

/** A network's answer for one job of one wallet. */
export interface Terms {
  readonly network: string
  /** 32 bytes that every signature in this network is over. */
  readonly domain: Uint8Array
  /** The wallet's account as its witnesses saw it. */
  readonly account: AccountView
  /** Replicas to ask for. */
  readonly replicas: number
}

/** Options of {@link askTerms}. */
export interface TermsOptions extends CallOptions {
  /** The wallet that pays. */
  readonly wallet: WalletKey
  /** Replicas whatever the job file says. */
  readonly replicas?: number | undefined
  /** Gets FEWER_REPLICAS. */
  readonly onNotice?: ((notice: PostNotice) => void) | undefined
}

/**
 * Asks the daemon, in one request, for what a wallet needs to sign `job`. ENGINE_UNKNOWN (`data.engines` are those
 * that are known, divided by commas) or JOB_MALFORMED if the network cannot run it; NO_COMMITTEE if too few of the
 * account's witnesses answer.
 */
export async function askTerms(client: Client, job: PreparedJob, options: TermsOptions): Promise<Terms> {
  const { wallet, signal } = options
  const prepared = await client.call(routes.jobs.prepare, { body: { wallet, ...engineOf(job) } }, { signal })
  checkEngine(job, prepared)
  const { network, domain, account } = prepared
  return { network, domain: fromBase64(domain), account, replicas: replicasFor(job, prepared, options) }
}

/**
 * Asks the daemon, in one request, whether the network can run `job`, without a wallet. ENGINE_UNKNOWN or
 * JOB_MALFORMED if it cannot.
 */
export async function checkJob(client: Client, job: PreparedJob, options: CallOptions = {}): Promise<void> {
  checkEngine(job, await client.call(routes.jobs.validate, { body: engineOf(job) }, options))
}

function engineOf({ engine, inputs }: PreparedJob) {
  return { engine: engine.type, params: engine.params, paths: inputs.map(({ path }) => path) }
}

/** ENGINE_UNKNOWN if no peer has the job's engine, JOB_MALFORMED if it does not take the parameters. */
function checkEngine({ engine }: PreparedJob, { problem, engines }: Pick<Prepared, 'problem' | 'engines'>): void {
  if (!engines.includes(engine.type))
    throw new WeftError('ENGINE_UNKNOWN', `no peer offers the engine "${engine.type}"`, {
      data: { engines: engines.join(','), next: `use one of: ${engines.join(', ')}` },
    })
  if (problem !== null) throw new WeftError('JOB_MALFORMED', problem)
}

/** The default of three replicas becomes fewer where fewer peers may run the job; a number that was asked for stays. */
function replicasFor({ draft, replicasGiven }: PreparedJob, { peersAble }: Prepared, options: TermsOptions): number {
  if (options.replicas !== undefined) return options.replicas
  // As in placement: the payer's own peers run its jobs only if there are no others.
  const able = peersAble.others > 0 ? peersAble.others : peersAble.all
  if (replicasGiven || able >= draft.replicas || able < 1) return draft.replicas
  options.onNotice?.({ code: 'FEWER_REPLICAS', data: { able, wanted: draft.replicas } })
  return able
}
