/** Signs a prepared job with the wallet and posts it. The private key stays in this process. */
import { z } from 'zod'
import type { AccountView, JobView, PeerSummary } from '#node/api/peer-api.ts'
import { accountViewSchema, jobViewSchema, peerInfoSchema, peerSummarySchema, signingSchema } from '#node/api/views.ts'
import { sealJob } from '#protocol/account/inputs.ts'
import { WeftError } from '#protocol/errors.ts'
import { type JobSpec, jobSpecSchema } from '#protocol/job/spec.ts'
import { limits } from '#protocol/limits.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import type { Signer } from '#protocol/wire/keys.ts'
import type { Client } from '../command/client.ts'
import { failure } from '../command/errors.ts'
import { credits } from '../command/format.ts'
import type { PreparedJob } from './prepare.ts'

/** Engines that Weft has; others are known only where a peer offers them. */
const ENGINES = ['python', 'noop']
/** Sequence numbers that we lose at most: six posters at once on a busy machine lost eight in a row. */
const SIGN_TRIES = 32
/** A chain on this machine is asked in milliseconds, another in a second. */
const FUNDS_TRIES = 20
const RETRY_MS = 250
/** The pause stops doubling here. */
const RETRY_MAX_MS = 1_000
/** Time for the account to show what earlier jobs committed: an entry takes seconds on busy machines. */
const SHORT_MS = 60_000
/** So many jobs of the same price are little. */
const LOW_JOBS = 3n

export interface PostOptions {
  readonly replicas?: number | undefined
  /** Micro-credits. */
  readonly priceMax?: bigint | undefined
  readonly signal?: AbortSignal | undefined
  /** Told what the user should know; for stderr. */
  readonly note: (text: string) => void
  /** Told just before a signed job is sent, each time it is. */
  readonly onPost?: () => void
}

/** What the network adds to a job before it is signed. ENGINE_UNKNOWN or JOB_MALFORMED if it cannot run it. */
export async function askNetwork(
  client: Client,
  wallet: string,
  job: PreparedJob,
  options: PostOptions,
): Promise<{ readonly replicas: number; readonly network: string; readonly domain: string }> {
  const { signal } = options
  const { peers } = await client.get('/peers', peersAnswer, { signal })
  await checkEngine(client, job, signal)
  const replicas = replicasFor(job, peers, wallet, options)
  return { replicas, ...(await client.get('/signing', signingSchema, { signal })) }
}

/** Checks `job` against the network, signs and posts it. Resolves when its admission is certified. */
export async function postJob(
  client: Client,
  wallet: Signer,
  job: PreparedJob,
  options: PostOptions,
): Promise<JobView> {
  const { replicas, domain, network } = await askNetwork(client, wallet.key, job, options)
  const sign = (seq: number, committed: bigint): Envelope => {
    const spec = specOf(job, { ...options, replicas, network, seq, committed, account: wallet.key })
    return sealJob(spec, new Uint8Array(Buffer.from(domain, 'base64')), wallet)
  }
  return signAndSend(client, { wallet, job, sign, options })
}

async function signAndSend(
  client: Client,
  {
    wallet,
    job,
    sign,
    options,
  }: {
    wallet: Signer
    job: PreparedJob
    sign: (seq: number, committed: bigint) => Envelope
    options: PostOptions
  },
): Promise<JobView> {
  const blobs = job.blobs.map((bytes) => Buffer.from(bytes).toString('base64'))
  const { signal } = options
  let last = 0
  let pauseMs = RETRY_MS
  const shortUntilMs = performance.now() + SHORT_MS
  for (let tries = 1; ; ) {
    const account = await accountOf(client, wallet.key, signal)
    warnIfLow(account, options.priceMax ?? job.draft.priceMax, options.note)
    last = Math.max(account.nextSeq, last + 1)
    const { raw } = sign(last, BigInt(account.spent) + BigInt(account.reserved))
    const envelope = Buffer.from(raw).toString('base64')
    options.onPost?.()
    try {
      return await client.post('/jobs', { envelope, blobs }, jobViewSchema, { signal })
    } catch (error) {
      const code = error instanceof WeftError ? error.code : undefined
      // Jobs before this one were admitted in between, and the total that was authorised leaves no room: the account will show what they cost.
      if (code === 'AUTHORISATION_SHORT' && performance.now() < shortUntilMs) {
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
        pauseMs = Math.min(2 * pauseMs, RETRY_MAX_MS)
      } else if ((code === 'SEQ_TAKEN' || code === 'SEQ_REPLAYED') && tries++ < SIGN_TRIES)
        options.note(`sequence number ${last} is taken by another job of this wallet; signing again`)
      else throw error
    }
  }
}

/** The account as its witnesses see it. Witnesses that never heard of it first have to ask the chain what it covers. */
async function accountOf(client: Client, wallet: string, signal: AbortSignal | undefined): Promise<AccountView> {
  for (let tries = 1; ; tries++) {
    const account = await client.get(`/accounts/${wallet}`, accountViewSchema, { signal })
    if (account.funds !== null || tries >= FUNDS_TRIES) return account
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
}

/** Says so while there is still something left, not when a job is refused. */
function warnIfLow({ funds, spent, reserved }: AccountView, priceMax: bigint, note: (text: string) => void): void {
  if (funds === null) return
  const left = BigInt(funds) - BigInt(spent) - BigInt(reserved) - priceMax
  if (left < 0n || left >= priceMax * LOW_JOBS) return
  note(`credits are running low: after this job ${credits(left)} are left; more: weft credits deposit <credits>`)
}

export interface SpecParts extends Omit<PostOptions, 'note'> {
  readonly replicas: number
  readonly network: string
  readonly account: string
  /** The wallet that pays, where the account is the job's own. */
  readonly owner?: string
  /** Time until the account can be spent from. */
  readonly waitMs?: number
  readonly seq: number
  /** Spent and reserved by earlier jobs, micro-credits. */
  readonly committed: bigint
}

/** Authorises no more than what is committed already and this job's limit (property S5). */
export function specOf({ draft, engine, inputs }: PreparedJob, parts: SpecParts): JobSpec {
  const priceMax = parts.priceMax ?? draft.priceMax
  const createdMs = Date.now()
  const parsed = jobSpecSchema.safeParse({
    version: 1,
    name: draft.name,
    network: parts.network,
    account: parts.account,
    ...(parts.owner === undefined ? {} : { owner: parts.owner }),
    seq: parts.seq,
    authorised: parts.committed + priceMax,
    createdMs,
    deadlineMs: createdMs + Math.min((parts.waitMs ?? 0) + draft.deadlineMs, limits.deadlineMaxMs),
    engine,
    inputs,
    requirements: draft.requirements,
    replicas: parts.replicas,
    comparator: draft.comparator,
    priceMax,
    policy: draft.policy,
  })
  if (parsed.success) return parsed.data
  throw new WeftError('JOB_MALFORMED', z.prettifyError(parsed.error).replace(/\s+/g, ' '))
}

/**
 * The default of three replicas becomes fewer where fewer members may run the job; a number that was asked for stays.
 */
function replicasFor(
  { draft, replicasGiven }: PreparedJob,
  peers: readonly PeerSummary[],
  wallet: string,
  options: PostOptions,
): number {
  if (options.replicas !== undefined) return options.replicas
  // As in placement: the payer's own peers run its jobs only if there are no others.
  const others = peers.filter((peer) => peer.owner !== wallet).length
  const able = others > 0 ? others : peers.length
  if (replicasGiven || able >= draft.replicas || able < 1) return draft.replicas
  const peersText = able === 1 ? 'one peer' : `${able} peers`
  options.note(`${peersText} can run it: ${able} of ${draft.replicas} replicas, so a wrong result is easier to miss`)
  return able
}

const problemAnswer = z.object({ problem: z.string().nullable() })
const peersAnswer = z.object({ peers: z.array(peerSummarySchema) })

/** ENGINE_UNKNOWN, or JOB_MALFORMED if the peer's executor does not take the parameters. */
export async function checkEngine(
  client: Client,
  { engine, inputs }: PreparedJob,
  signal?: AbortSignal | undefined,
): Promise<void> {
  if (!ENGINES.includes(engine.type)) {
    const info = await client.get('/status', peerInfoSchema, { signal })
    const { peers } = await client.get('/peers', peersAnswer, { signal })
    const own = info.engines.map((item) => item.engine)
    const offered = peers.flatMap((peer) => peer.offer?.engines ?? []).map((name) => name.split('@')[0] ?? name)
    const known = [...new Set([...ENGINES, ...own, ...offered])].sort()
    if (!known.includes(engine.type))
      throw failure('ENGINE_UNKNOWN', `no peer offers the engine "${engine.type}"`, `use one of: ${known.join(', ')}`)
  }
  const paths = inputs.map((file) => file.path)
  const body = { engine: engine.type, params: engine.params, paths }
  const { problem } = await client.post('/jobs/validate', body, problemAnswer, { signal })
  if (problem !== null) throw new WeftError('JOB_MALFORMED', problem)
}
