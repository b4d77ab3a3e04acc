/** Posts a job with an account of its own: opens that on chain, waits until it takes part, and posts the job. */
import type { KeyPair } from '#node/adapters/keys/keypair.ts'
import type { ChainNetwork } from '#node/adapters/ledgers/solana/cluster.ts'
import { epochStarts, openJobAccount, waitMsFor } from '#node/adapters/ledgers/solana/job-accounts.ts'
import type { JobView } from '#node/api/peer-api.ts'
import { jobViewSchema } from '#node/api/views.ts'
import { sealJob } from '#protocol/account/inputs.ts'
import { jobAccountKey, jobDigest } from '#protocol/account/job-account.ts'
import { type ErrorCode, WeftError } from '#protocol/errors.ts'
import type { JobSpec } from '#protocol/job/spec.ts'
import type { Client } from '../command/client.ts'
import { credits, duration } from '../command/format.ts'
import { askNetwork, type PostOptions, specOf } from './post-job.ts'
import type { PreparedJob } from './prepare.ts'

/**
 * Refusals that end by themselves: the witnesses read the chain every ten seconds at most, and each at its own time.
 */
const SOON: ReadonlySet<ErrorCode> = new Set(['CREDITS_SHORT', 'FUNDS_STALE', 'NO_COMMITTEE', 'TIMEOUT'])
const SOON_MS = 60_000
const RETRY_MS = 500

/**
 * The job gets an account that holds its highest price, and nothing else ever runs on it. What is not spent comes
 * back by itself after the deadline, or sooner by `weft credits refund`.
 */
export async function postEscrowJob(
  client: Client,
  { chain, wallet }: { readonly chain: ChainNetwork; readonly wallet: KeyPair },
  job: PreparedJob,
  options: PostOptions,
): Promise<JobView> {
  const { signal, note } = options
  const { replicas, domain: domainText, network } = await askNetwork(client, wallet.key, job, options)
  if (network !== chain.networkId)
    throw new WeftError('NETWORK_OTHER', `the daemon is in ${network}, the wallet's chain is ${chain.networkId}`)
  const domain = new Uint8Array(Buffer.from(domainText, 'base64'))
  const waitMs = await waitMsFor(chain)
  const parts = { ...options, replicas, network, seq: 1, committed: 0n, waitMs }
  const spec = ofItsOwn(specOf(job, { ...parts, account: wallet.key, owner: wallet.key }), domain)
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
    const blobs = job.blobs.map((bytes) => Buffer.from(bytes).toString('base64'))
    return await post(client, { envelope: Buffer.from(raw).toString('base64'), blobs }, options)
  } catch (error) {
    note(`the job was not posted; to take its credits back: ${back}`)
    throw error
  }
}

/** `spec` on the account that is made from it. */
function ofItsOwn(spec: JobSpec, domain: Uint8Array): JobSpec {
  return { ...spec, account: jobAccountKey(domain, spec.owner ?? spec.account, jobDigest(spec)) }
}

async function post(client: Client, body: object, { signal, onPost }: PostOptions): Promise<JobView> {
  const untilMs = performance.now() + SOON_MS
  for (;;) {
    onPost?.()
    try {
      return await client.post('/jobs', body, jobViewSchema, { signal })
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof WeftError) || !SOON.has(error.code) || performance.now() > untilMs) throw error
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
    }
  }
}
