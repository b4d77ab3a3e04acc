/** `weft run`: posts a job and waits for its verified result. stdout holds the result and nothing else. */
import { loadWallet } from '#node/adapters/keys/files.ts'
import type { KeyPair } from '#node/adapters/keys/keypair.ts'
import {
  awaitJob,
  type Client,
  type JobEvent,
  type JobView,
  type PostOptions,
  type PreparedJob,
  postJob,
  routes,
} from '#node/sdk/index.ts'
import { WeftError } from '#protocol/errors.ts'
import { parseDecimal } from '#protocol/job/units.ts'
import { connect } from '../command/client.ts'
import type { CommandAction, CommonOptions } from '../command/define.ts'
import { failure } from '../command/errors.ts'
import { credits, shortKey } from '../command/format.ts'
import { clientHome } from '../command/home.ts'
import type { Output } from '../command/output.ts'
import { jobFailure } from './failure.ts'
import { noticeText } from './notices.ts'
import { Progress, stateText } from './progress.ts'
import { readJob } from './read-job.ts'

export interface RunOptions extends CommonOptions {
  readonly input: readonly string[]
  readonly detach?: boolean
  readonly follow?: boolean
  readonly ids?: boolean
  readonly replicas?: number
  readonly priceMax?: string
  /** Seconds. */
  readonly timeout?: number
  readonly keypair?: string
  readonly escrow?: boolean
}

export const run: CommandAction<RunOptions> = async (output, options, [file = '-']) => {
  const priceMax = priceOf(options.priceMax)
  const prepared = await readJob(file, options.input)
  const client = connect(options)
  const wallet = await loadWallet(options.keypair ?? clientHome(options).wallet)
  const post: PostOptions = {
    replicas: options.replicas,
    priceMax,
    onNotice: (notice) => output.note(noticeText(notice)),
  }
  const job =
    options.escrow === true
      ? await postWithEscrow({ client, wallet, prepared, output, options }, post)
      : await postJob(client, wallet.signer, prepared, post)
  if (options.detach === true || options.ids === true) return detached(output, options, job)
  return waitFor(client, output, options, job)
}

interface Escrow {
  readonly client: Client
  readonly wallet: KeyPair
  readonly prepared: PreparedJob
  readonly output: Output
  readonly options: RunOptions
}

/** The chain's client is loaded only here: it takes half a second. */
async function postWithEscrow(
  { client, wallet, prepared, output, options }: Escrow,
  post: PostOptions,
): Promise<JobView> {
  const [{ chainHome }, { postEscrowJob }] = await Promise.all([import('../chain/home.ts'), import('./post-escrow.ts')])
  const { chain } = await chainHome(options)
  return postEscrowJob(client, { chain, wallet }, prepared, { ...post, note: (text) => output.note(text) })
}

function detached(output: Output, options: RunOptions, job: JobView): number {
  output.answer({ jobId: job.jobId, job }, () => {
    output.line(job.jobId)
    if (options.ids !== true) output.note(`follow it with: weft job logs --follow ${job.jobId}`)
  })
  return 0
}

/** Waits until the job is closed; prints its result, or why there is none. */
async function waitFor(client: Client, output: Output, options: RunOptions, job: JobView): Promise<number> {
  const control = new AbortController()
  const left = `it goes on; see it with: weft job show ${job.jobId}`
  const interrupt = (): void =>
    control.abort(failure('INTERRUPTED', 'you stopped waiting; the job goes on', `weft job logs --follow ${job.jobId}`))
  const late = (): void =>
    control.abort(
      failure('TIMEOUT', `no result within ${options.timeout} s; the job goes on`, `weft job show ${job.jobId}`),
    )
  process.on('SIGINT', interrupt)
  const timer = options.timeout === undefined ? undefined : setTimeout(late, options.timeout * 1_000)
  output.note(`job ${job.jobId} acknowledged: it completes even if this machine goes offline`)
  try {
    const closed = await followed(client, { output, options, job, signal: control.signal })
    return closed.state === 'completed'
      ? await printResult(client, output, closed)
      : await jobFailure(client, output, closed)
  } catch (error) {
    const waiting = error instanceof WeftError && (error.code === 'DAEMON_UNREACHABLE' || error.code === 'INTERNAL')
    if (waiting) output.note(`job ${job.jobId}: ${left}`)
    return output.fail(error, { jobId: job.jobId })
  } finally {
    clearTimeout(timer)
    process.off('SIGINT', interrupt)
  }
}

interface Following {
  readonly output: Output
  readonly options: RunOptions
  readonly job: JobView
  readonly signal: AbortSignal
}

async function followed(client: Client, { output, options, job, signal }: Following): Promise<JobView> {
  const progress = new Progress(output)
  let latest = job
  progress.show(stateText(job))
  const onEvent = (event: JobEvent): void => {
    if (event.type === 'job') {
      latest = event.job
      progress.show(stateText(latest))
    } else if (options.follow === true) {
      progress.clear()
      output.foreign(prefixed(shortKey(event.peer), event.text))
      progress.show(stateText(latest))
    }
  }
  try {
    return await awaitJob(client, job.jobId, { onEvent, signal })
  } finally {
    progress.clear()
  }
}

function prefixed(name: string, text: string): string {
  return text
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => `${name} | ${line}\n`)
    .join('')
}

async function printResult(client: Client, output: Output, job: JobView): Promise<number> {
  const result = await client.call(routes.jobs.output, { params: { id: job.jobId } })
  if (output.json) {
    output.answer({ jobId: job.jobId, state: job.state, result, job }, () => {})
    return 0
  }
  output.data(
    result.stdout.base64 === undefined ? (result.stdout.text ?? '') : Buffer.from(result.stdout.base64, 'base64'),
  )
  const { verdict } = job
  const { yellow, green } = output.messageColour
  if (verdict !== null) output.note(green(`${verdict.agreed} of ${verdict.of} peers agree`))
  for (const peer of verdict?.outvoted ?? [])
    output.note(yellow(`outvoted: ${shortKey(peer)} gave another result and is not paid`))
  output.note(`charged ${credits(job.charged)}; why it ran there: weft job why ${job.jobId}`)
  const { length } = result.files
  if (length > 0)
    output.note(`${length} ${length === 1 ? 'file' : 'files'}: weft job output ${job.jobId} --dir <folder>`)
  return 0
}

function priceOf(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined
  const price = parseDecimal(text, 6)
  if (price === undefined || price < 0n)
    throw new WeftError('USAGE', `--price-max ${text} is not an amount of credits such as 0.5`)
  return price
}
