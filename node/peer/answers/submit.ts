/** Answers `submit` and `cancel`: what wallets sign is checked here, and then brought to the witnesses. */
import { CANCEL, type InputOf, JOB, readInput } from '#protocol/account/inputs.ts'
import type { Receipt } from '#protocol/account/receipt.ts'
import { WeftError } from '#protocol/errors.ts'
import { limits } from '#protocol/limits.ts'
import { blobCid } from '#protocol/wire/canonical.ts'
import { readEnvelope, verifyEnvelope } from '#protocol/wire/envelope.ts'
import type { JobView } from '../../api/job-view.ts'
import type { Submission } from '../../api/jobs.ts'
import type { Notice } from '../../core/effects.ts'
import { findReceipt, viewOf } from './jobs.ts'
import type { ApiParts } from './parts.ts'
import type { Watching } from './watching.ts'

/**
 * Hands a wallet's signed job to the core. Resolves when its admission is certified; rejects with what is wrong with
 * the bytes (JOB_MALFORMED, JOB_TOO_LARGE, SIGNATURE_BAD, INPUT_MISSING), or with the code on which its witnesses
 * agree.
 */
export async function submit(
  parts: ApiParts,
  watching: Watching,
  { envelope: raw, blobs }: Submission,
  { signal }: { signal: AbortSignal },
): Promise<JobView> {
  const { domain, driver } = parts
  const { spec, envelope } = readSigned(raw, JOB, domain)
  const job = envelope.id
  const sent = new Set(blobs.map(blobCid))
  const missing = spec.inputs.find(({ cid }) => !sent.has(cid) && !parts.core.hasBlob(cid))
  if (missing !== undefined) {
    const why = `no content with the id that was signed for the input ${missing.path} came with the job`
    throw new WeftError('INPUT_MISSING', `${why}: it is missing or was changed`, {
      data: { next: 'send the files that were signed' },
    })
  }
  const pick = (notice: Notice): Receipt | WeftError | undefined => {
    if (notice.type === 'rejected' && notice.job === job)
      return new WeftError(notice.code, `the account's witnesses refused the job: ${notice.code}`)
    return notice.type === 'receipt' && notice.receipt.job.id === job ? notice.receipt : undefined
  }
  const begin = (): void => driver.dispatch({ type: 'submit', envelope: raw, blobs })
  const answer = await watching.during(job, () => parts.notices.first(pick, { signal, begin }))
  if (answer instanceof WeftError) throw answer
  return viewOf(parts, answer)
}

/** Hands a wallet's signed cancellation to the core. Resolves when the job is closed, however it ended. */
export async function cancel(
  parts: ApiParts,
  watching: Watching,
  raw: Uint8Array,
  { signal }: { signal: AbortSignal },
): Promise<JobView> {
  const { domain, driver } = parts
  const input = readSigned(raw, CANCEL, domain)
  const pick = (notice: Notice): Receipt | undefined =>
    notice.type === 'receipt' && notice.receipt.job.id === input.job && notice.receipt.job.phase === 'closed'
      ? notice.receipt
      : undefined
  // A job that is over is not told of again.
  const known = await findReceipt(parts, watching, input.job, { signal, waitMs: 0 }).catch(() => undefined)
  if (known?.job.phase === 'closed') return viewOf(parts, known)
  const begin = (): void => {
    driver.dispatch({ type: 'cancel', envelope: raw })
    driver.dispatch({ type: 'query', job: input.job })
  }
  return viewOf(parts, await watching.during(input.job, () => parts.notices.first(pick, { signal, begin })))
}

/** The wallet's statement in `raw`, or an error that says what is wrong with it. */
function readSigned<K extends typeof JOB | typeof CANCEL>(raw: Uint8Array, kind: K, domain: Uint8Array): InputOf<K> {
  const envelope = readEnvelope(raw, domain)
  if (envelope?.kind !== kind) throw new WeftError('JOB_MALFORMED', `these bytes are not a signed ${kind}`)
  if (envelope.body.length > limits.jobBytes)
    throw new WeftError('JOB_TOO_LARGE', `the job has ${envelope.body.length} bytes; at most ${limits.jobBytes}`)
  if (!verifyEnvelope(envelope, domain))
    throw new WeftError('SIGNATURE_BAD', `the signature is not the wallet's over this ${kind} on this network`)
  const input = readInput(envelope, domain)
  if (input?.kind !== kind) throw new WeftError('JOB_MALFORMED', `what was signed is not the content of a ${kind}`)
  return input as InputOf<K>
}
