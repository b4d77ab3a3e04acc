/**
 * Signs a job and posts it: one request for what the wallet must know, one for the signed job. Other devices of the
 * wallet may post at the same time, so a sequence number can be lost to another job; then the account is read and the
 * job signed again.
 */
import type { AccountView } from '#node/api/accounts.ts'
import type { JobView } from '#node/api/job-view.ts'
import { routes } from '#node/api/routes.ts'
import { sealJob } from '#protocol/account/inputs.ts'
import { WeftError } from '#protocol/errors.ts'
import type { Signer, WalletKey } from '#protocol/wire/keys.ts'
import type { CallOptions, Client } from './client.ts'
import type { PreparedJob } from './job-file.ts'
import type { PostNotice } from './notice.ts'
import { pause } from './pause.ts'
import { specOf } from './spec.ts'
import { askTerms, type Terms } from './terms.ts'

/** Options of {@link postJob}. What is left out is as the job file says. */
export interface PostOptions extends CallOptions {
  readonly replicas?: number | undefined
  /** Micro-credits. */
  readonly priceMax?: bigint | undefined
  /** Gets what the user should know. */
  readonly onNotice?: ((notice: PostNotice) => void) | undefined
  /** Called just before a signed job is sent, each time it is. */
  readonly onPost?: (() => void) | undefined
}

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

/**
 * Posts `job` for the wallet of `signer`, which signs here and is sent nowhere. Resolves when the admission is
 * certified: from then on the job completes without this machine. Two requests in the simple case. Throws
 * ENGINE_UNKNOWN, JOB_MALFORMED, and what the account's witnesses refuse it for (CREDITS_SHORT, FUNDS_STALE,
 * NO_COMMITTEE, …); SEQ_TAKEN only after 32 numbers were lost.
 */
export async function postJob(
  client: Client,
  signer: Signer,
  job: PreparedJob,
  options: PostOptions = {},
): Promise<JobView> {
  const terms = await askTerms(client, job, { ...options, wallet: signer.key })
  return signAndSend({ client, signer, job, terms, options })
}

/**
 * Sends a signed job (the raw envelope) with the bytes of its inputs, once. Resolves when its admission is certified;
 * throws what it is refused for.
 */
export function sendJob(
  client: Client,
  signed: { readonly envelope: Uint8Array; readonly blobs: readonly Uint8Array[] },
  options: CallOptions = {},
): Promise<JobView> {
  return client.call(routes.jobs.submit, { body: signed }, options)
}

interface Posting {
  readonly client: Client
  readonly signer: Signer
  readonly job: PreparedJob
  readonly terms: Terms
  readonly options: PostOptions
}

async function signAndSend(posting: Posting): Promise<JobView> {
  const { client, signer, job, terms, options } = posting
  const { signal, onNotice, onPost } = options
  let account = await withFunds(client, terms.account, { signal })
  let seq = 0
  let pauseMs = RETRY_MS
  const shortUntilMs = performance.now() + SHORT_MS
  for (let tries = 1; ; ) {
    warnIfLow(account, options.priceMax ?? job.draft.priceMax, onNotice)
    seq = Math.max(account.nextSeq, seq + 1)
    const envelope = sign(posting, account, seq)
    onPost?.()
    try {
      return await sendJob(client, { envelope, blobs: job.blobs }, { signal })
    } catch (error) {
      const code = error instanceof WeftError ? error.code : undefined
      if (code === 'AUTHORISATION_SHORT' && performance.now() < shortUntilMs) {
        // Jobs before this one were admitted in between, and the total that was authorised leaves no room for it: the
        // account will show what they cost.
        await pause(pauseMs, { signal })
        pauseMs = Math.min(2 * pauseMs, RETRY_MAX_MS)
      } else if ((code === 'SEQ_TAKEN' || code === 'SEQ_REPLAYED') && tries++ < SIGN_TRIES)
        onNotice?.({ code: 'NUMBER_TAKEN', data: { seq } })
      else throw error
    }
    account = await withFunds(client, await accountOf(client, signer.key, { signal }), { signal })
  }
}

function sign({ signer, job, terms, options }: Posting, account: AccountView, seq: number): Uint8Array {
  const { network, replicas, domain } = terms
  const committed = BigInt(account.spent) + BigInt(account.reserved)
  const { priceMax } = options
  const spec = specOf(job, { network, replicas, account: signer.key, seq, committed, priceMax, nowMs: Date.now() })
  return sealJob(spec, domain, signer).raw
}

function accountOf(client: Client, wallet: WalletKey, options: CallOptions): Promise<AccountView> {
  return client.call(routes.accounts.show, { params: { wallet } }, options)
}

/**
 * `account`, or read anew until it has funds: witnesses that never heard of it first have to ask the chain what it
 * covers.
 */
async function withFunds(client: Client, account: AccountView, options: CallOptions): Promise<AccountView> {
  let latest = account
  for (let tries = 1; latest.funds === null && tries < FUNDS_TRIES; tries++) {
    await pause(RETRY_MS, options)
    latest = await accountOf(client, account.account, options)
  }
  return latest
}

/** Says so while there is still something left, not when a job is refused. */
function warnIfLow({ funds, spent, reserved }: AccountView, priceMax: bigint, onNotice: PostOptions['onNotice']): void {
  if (funds === null) return
  const leftMicro = BigInt(funds) - BigInt(spent) - BigInt(reserved) - priceMax
  if (leftMicro >= 0n && leftMicro < priceMax * LOW_JOBS) onNotice?.({ code: 'CREDITS_LOW', data: { leftMicro } })
}
