/** Cancelling a job that a wallet posted. */
import type { JobView } from '#node/api/job-view.ts'
import { routes } from '#node/api/routes.ts'
import { fromBase64 } from '#node/api/shapes.ts'
import { sealCancel } from '#protocol/account/inputs.ts'
import { fromHex } from '#protocol/wire/hash.ts'
import type { Signer } from '#protocol/wire/keys.ts'
import type { CallOptions, Client } from './client.ts'

/**
 * Asks the witnesses of `job` to cancel it, signed by `signer`, and resolves with the job when it is closed: `state`
 * says whether it was cancelled or had ended before. Two requests. SIGNATURE_BAD if another wallet owns the job.
 */
export async function cancelJob(
  client: Client,
  signer: Signer,
  { account, jobId, escrow }: Pick<JobView, 'account' | 'jobId' | 'escrow'>,
  options: CallOptions = {},
): Promise<JobView> {
  const { domain } = await client.call(routes.network.signing, {}, options)
  const digest = escrow === '' ? undefined : fromHex(escrow)
  const { raw } = sealCancel({ account, job: jobId, digest }, fromBase64(domain), signer)
  return client.call(routes.jobs.cancel, { params: { id: jobId }, body: { envelope: raw } }, options)
}
