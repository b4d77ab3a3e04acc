/**
 * `weft demo`: the main job, end to end, on a fresh network of real processes. Signs a job, shows each step as it
 * happens, the merged result, who agreed, what each earned, and the certificate, recomputed. This is what `npm start`
 * runs.
 */
import { existsSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadWallet } from '#node/adapters/keys/files.ts'
import {
  awaitJob,
  Client,
  type JobEvent,
  type JobView,
  type OutputView,
  type PreparedJob,
  pause,
  postJob,
  routes,
  type WhyView,
} from '#node/sdk/index.ts'
import { WeftError } from '#protocol/errors.ts'
import type { Signer } from '#protocol/wire/keys.ts'
import type { ClusterFlags } from '../chain/cluster-flag.ts'
import type { CommandAction, CommonOptions } from '../command/define.ts'
import { failure } from '../command/errors.ts'
import { aborted, onInterrupt } from '../command/interrupt.ts'
import { Output } from '../command/output.ts'
import { jobFailure } from '../job/failure.ts'
import { noticeText } from '../job/notices.ts'
import { readJob } from '../job/read-job.ts'
import type { Before, Settlement } from '../job/settlement.ts'
import { DemoClock, type Timings } from './demo-clock.ts'
import { DemoStory } from './demo-story.ts'
import { type LocalLedger, type LocalNetwork, localLedger, startLocalNetwork } from './local-network.ts'

/** Time for every peer's offer to reach the first one; the engines' self-tests take most of it. */
const OFFERS_TIMEOUT_MS = 90_000
const POLL_MS = 150
/** Time for the job, deadline apart. */
const JOB_TIMEOUT_MS = 300_000

export interface DemoOptions {
  /** Stop after one job; else the network stays up until Ctrl-C. */
  readonly once: boolean
  /** One JSON document on stdout. */
  readonly json: boolean
  /** Default: the dependency report over this repository's `package-lock.json`. */
  readonly jobFile?: string | undefined
  readonly inputs: readonly string[]
  readonly peers: number
  readonly ledger?: LocalLedger
}

/** The document that `--json` prints. */
export interface DemoReport {
  readonly jobId: string
  readonly state: JobView['state']
  readonly result: { readonly stdout: OutputView['stdout']; readonly files: OutputView['files'] } | null
  readonly verdict: { readonly agreed: number; readonly of: number; readonly confidence: number } | null
  readonly certificate: Omit<NonNullable<JobView['certificate']>, 'epoch'> | null
  readonly placement: { readonly primaries: readonly string[]; readonly standbys: readonly string[] }
  readonly earned: JobView['earned']
  readonly timingsMs: Timings
  /** What was paid on chain; `null` on a roster. */
  readonly settlement: Settlement | null
}

/** The command. */
export const demo: CommandAction<
  CommonOptions &
    ClusterFlags & { peers: number; once?: boolean; job?: string; input: readonly string[]; keypair?: string }
> = (output, options) =>
  runDemo({
    once: options.once === true,
    json: output.json,
    jobFile: options.job,
    inputs: options.input,
    peers: options.peers,
    ledger: localLedger(options),
  })

/** Runs the demo; gives the exit status: 0 only if the job completed and its certificate was recomputed and matches. */
async function runDemo(options: DemoOptions): Promise<number> {
  const output = new Output({ json: options.json })
  const story = new DemoStory(output)
  const { signal, off } = onInterrupt()
  let network: LocalNetwork | undefined
  try {
    const prepared = await readJob(options.jobFile ?? defaultJob(), options.inputs)
    story.begin(options.peers)
    const folder = mkdtempSync(join(tmpdir(), 'weft-demo-'))
    network = await startLocalNetwork({
      ...{ folder, peers: options.peers, keep: false, signal },
      ...(options.ledger === undefined ? {} : { ledger: options.ledger }),
      onStep: (text) => story.step(text),
      onPeer: (index, daemon) => story.peer(index, daemon),
    })
    const client = new Client({ url: urlOf(network) })
    await untilOffered(client, { engine: prepared.engine.type, peers: options.peers, signal })
    const status = await oneJob(client, { network, prepared, story, output, signal })
    if (options.once) return status
    story.stays(folder, urlOf(network))
    await aborted(signal)
    return 0
  } catch (error) {
    if (signal.aborted && !options.once) return 0
    return output.fail(error)
  } finally {
    await network?.stop()
    off()
  }
}

interface JobRun {
  readonly network: LocalNetwork
  readonly prepared: PreparedJob
  readonly story: DemoStory
  readonly output: Output
  readonly signal: AbortSignal
}

async function oneJob(client: Client, { network, prepared, story, output, signal }: JobRun): Promise<number> {
  const { signer } = await loadWallet(network.wallet)
  const before = await beforeJob(client, network, signer)
  story.signing(prepared, signer.key)
  const clock = new DemoClock()
  const admitted = await postJob(client, signer, prepared, {
    signal,
    onNotice: (notice) => output.note(noticeText(notice)),
    onPost: () => clock.start(),
  })
  clock.acknowledged()
  story.acknowledged(admitted, clock)
  const job = await follow(client, { admitted, clock, story, signal })
  if (job.state !== 'completed') return jobFailure(client, output, job)
  const result = await client.call(routes.jobs.output, { params: { id: job.jobId } }, { signal })
  const why = await client.call(routes.jobs.why, { params: { id: job.jobId } }, { signal })
  const verified = isVerified(job, why)
  const timings = clock.timings()
  if (!output.json) story.end(job, { result, why, verified })
  const { awaitSettlement } = await import('../job/settlement.ts')
  const settlement = before === undefined ? null : await awaitSettlement(before, job, signal)
  output.answer(reportOf(job, { result, verified, timings, settlement }), () => story.settled(settlement))
  if (verified) return 0
  const error = failure(
    'CERTIFICATE_BAD',
    'the certificate could not be recomputed from its inputs',
    `weft job why ${job.jobId}`,
  )
  return output.json ? 1 : output.fail(error)
}

/** Where the money stands before the job; undefined on a roster. */
async function beforeJob(client: Client, { chain }: LocalNetwork, { key }: Signer): Promise<Before | undefined> {
  if (chain === undefined) return undefined
  const { peers } = await client.call(routes.network.peers, {})
  const { beforeSettlement } = await import('../job/settlement.ts')
  return beforeSettlement(
    chain,
    key,
    peers.map(({ owner }) => owner),
  )
}

async function follow(
  client: Client,
  { admitted, clock, story, signal }: { admitted: JobView; clock: DemoClock; story: DemoStory; signal: AbortSignal },
): Promise<JobView> {
  const late = new AbortController()
  const reason = failure('TIMEOUT', 'the job took too long', `weft job show ${admitted.jobId}`)
  const timer = setTimeout(() => late.abort(reason), JOB_TIMEOUT_MS)
  const onEvent = (event: JobEvent): void => {
    if (event.type !== 'job') return
    clock.reached(event.job.state)
    story.state(event.job, clock)
  }
  try {
    return await awaitJob(client, admitted.jobId, { onEvent, signal: AbortSignal.any([signal, late.signal]) })
  } finally {
    clearTimeout(timer)
  }
}

/**
 * The receipt's signatures and proof were checked by the daemon, and the placing entry recomputed from its inputs is
 * the certified one.
 */
function isVerified(job: JobView, why: WhyView): boolean {
  return job.certificate?.valid === true && why.matches && why.certified !== null && why.certified === why.recomputed
}

function reportOf(
  job: JobView,
  parts: { result: OutputView; verified: boolean; timings: Timings; settlement: Settlement | null },
): DemoReport {
  const { verdict, certificate, placement, earned } = job
  const { agreed, of, confidence } = verdict ?? { agreed: 0, of: 0, confidence: 0 }
  const { account, height, n, quorum, signers, digest } = certificate ?? {
    ...{ account: job.account, height: 0, n: 0, quorum: 0, signers: [], digest: '' },
  }
  return {
    jobId: job.jobId,
    state: job.state,
    result: { stdout: parts.result.stdout, files: parts.result.files },
    verdict: verdict && { agreed, of, confidence },
    certificate: certificate && { account, height, n, quorum, signers, digest, valid: parts.verified },
    placement: { primaries: placement.primaries, standbys: placement.standbys },
    earned,
    timingsMs: parts.timings,
    settlement: parts.settlement,
  }
}

/**
 * Waits until the first peer knows an offer of `engine` from all; the job would run with fewer, but the ranking shows
 * more with all.
 */
async function untilOffered(
  client: Client,
  { engine, peers, signal }: { engine: string; peers: number; signal: AbortSignal },
): Promise<void> {
  const untilMs = performance.now() + OFFERS_TIMEOUT_MS
  for (;;) {
    const known = (await client.call(routes.network.peers, {}, { signal })).peers
    const offering = known.filter(({ offer }) => offer?.engines.includes(engine))
    if (offering.length >= peers) return
    const someOffer = known.filter(({ offer }) => offer !== null).length >= peers
    // Every peer has made its offer, and none of this engine is missing for lack of time: admission says what is wrong.
    if (someOffer || performance.now() > untilMs) return
    await pause(POLL_MS, { signal })
  }
}

/** `scripts/demo/job.yaml` of this repository, from the source as from the build. */
function defaultJob(): string {
  let folder = dirname(fileURLToPath(import.meta.url))
  for (let depth = 0; depth < 4; depth++, folder = dirname(folder)) {
    const candidate = join(folder, 'scripts', 'demo', 'job.yaml')
    if (existsSync(candidate)) return candidate
  }
  throw failure('INPUT_MISSING', 'the demo’s job is not in this installation', 'weft demo --job <job.yaml>')
}

function urlOf(network: LocalNetwork): string {
  const first = network.daemons[0]
  if (first === undefined) throw new WeftError('INTERNAL', 'the network has no peers')
  return first.ready.url
}
