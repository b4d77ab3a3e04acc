/** Posts a job with an account of its own: opens that on chain, waits until it takes part, and posts the job. */
import type { KeyPair } from '#node/adapters/keys/keypair.ts'
import type { ChainNetwork } from '#node/adapters/ledgers/solana/cluster.ts'
import { epochStarts, openJobAccount, waitMsFor } from '#node/adapters/ledgers/solana/job-accounts.ts'
import {
  askTerms,
  type Client,
  type JobView,
  type PostOptions,
  type PreparedJob,
  pause,
  sendJob,
  specOf,
} from '#node/sdk/index.ts'
import { sealJob } from '#protocol/account/inputs.ts'
import { jobAccountKey, jobDigest } from '#protocol/account/job-account.ts'
import { type ErrorCode, WeftError } from '#protocol/errors.ts'
import type { JobSpec } from '#protocol/job/spec.ts'
import { credits, duration } from '../command/format.ts'

/**
 * Refusals that end by themselves: the witnesses read the chain every ten seconds at most, and each at its own time.
 */
const SOON: ReadonlySet<ErrorCode> = new Set(['CREDITS_SHORT', 'FUNDS_STALE', 'NO_COMMITTEE', 'TIMEOUT'])
const SOON_MS = 60_000
const RETRY_MS = 500

/** Who pays, and where. */
interface Payer {
  readonly chain: ChainNetwork
  readonly wallet: KeyPair
}

/** {@link PostOptions}, and what the chain does meanwhile, in words. */
interface EscrowOptions extends PostOptions {
  readonly note: (text: string) => void
}

/**
 * The job gets an account that holds its highest price, and nothing else ever runs on it. What is not spent comes back
 * by itself after the deadline, or sooner by `weft credits refund`.
 */
export async function postEscrowJob(
  client: Client,
  { chain, wallet }: Payer,
  job: PreparedJob,
  options: EscrowOptions,
): Promise<JobView> {
  const { signal, note } = options
  const terms = await askTerms(client, job, { ...options, wallet: wallet.key })
  const { domain, network, replicas } = terms
  if (network !== chain.networkId)
    throw new WeftError('NETWORK_OTHER', `the daemon is in ${network}, the wallet's chain is ${chain.networkId}`)
  const waitMs = await waitMsFor(chain)
  const payer = { account: wallet.key, owner: wallet.key }
  const fresh = { seq: 1, committed: 0n, priceMax: options.priceMax, waitMs, nowMs: Date.now() }
  const spec = ofItsOwn(specOf(job, { network, replicas, ...payer, ...fresh }), domain)
  const deadline = BigInt(Math.ceil(spec.deadlineMs / 1_000))
  const init = { job: jobDigest(spec), amount: spec.priceMax, deadline, domain, payees: replicas }
  const opened = await openJobAccount(chain, wallet, init)
  note(`${credits(spec.priceMax)} are in the job's own account ${spec.account}`)
  const back = `weft credits refund ${spec.account}`
  if (opened.epoch > opened.networkEpoch)
    note(`it takes part from epoch ${opened.epoch} on, in about ${duration(waitMs)}; to take it back instead: ${back}`)
  try {
    await epochStarts(chain, opened.epoch, signal)
    const { raw } = sealJob(spec, domain, wallet.signer)
    return await sendSoon(client, { envelope: raw, blobs: job.blobs }, options)
  } catch (error) {
    note(`the job was not posted; to take its credits back: ${back}`)
    throw error
  }
}

/** `spec` on the account that is made from it. */
function ofItsOwn(spec: JobSpec, domain: Uint8Array): JobSpec {
  return { ...spec, account: jobAccountKey(domain, spec.owner ?? spec.account, jobDigest(spec)) }
}

/** Sends it until the witnesses know its account, for a minute at most. */
async function sendSoon(
  client: Client,
  signed: Parameters<typeof sendJob>[1],
  { signal, onPost }: PostOptions,
): Promise<JobView> {
  const untilMs = performance.now() + SOON_MS
  for (;;) {
    onPost?.()
    try {
      return await sendJob(client, signed, { signal })
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof WeftError) || !SOON.has(error.code) || performance.now() > untilMs) throw error
      await pause(RETRY_MS, { signal })
    }
  }
}
