/** Answers `job` and `jobs`: from what is known here, or from whoever of the others shows a receipt. */
import { decodeReceipt, type Receipt } from '#protocol/account/receipt.ts'
import { WeftError } from '#protocol/errors.ts'
import { type JobSpec, ownerOf } from '#protocol/job/spec.ts'
import { drawCommittee } from '#protocol/membership/committee.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { JobView } from '../../api/job-view.ts'
import type { Notice } from '../../core/effects.ts'
import { storeKeys, within } from '../../core/store-keys.ts'
import { atMost } from '../../ports/at-most.ts'
import { jobView } from './job-view.ts'
import type { ApiParts } from './parts.ts'
import type { Watching } from './watching.ts'

/** A job that any of the peers connected knows comes within milliseconds. */
const JOB_WAIT_MS = 3_000
const LISTED_MAX = 1_000

/**
 * The job's receipt: from this peer's logs, its store, or within `waitMs` from another peer; NOT_FOUND if nobody shows
 * one.
 */
export async function findReceipt(
  parts: ApiParts,
  watching: Watching,
  jobId: string,
  { signal, waitMs = JOB_WAIT_MS }: { signal: AbortSignal; waitMs?: number },
): Promise<Receipt> {
  const { core, driver, notices, store, domain } = parts
  const own = core.find(jobId)
  if (own !== undefined) return own
  const stored = await store.get(storeKeys.receipt(jobId))
  const known = stored && decodeReceipt(stored, domain)
  if (known !== undefined) return known
  const pick = (notice: Notice): Receipt | undefined =>
    notice.type === 'receipt' && notice.receipt.job.id === jobId ? notice.receipt : undefined
  const begin = (): void => driver.dispatch({ type: 'query', job: jobId })
  const ask = (limited: AbortSignal): Promise<Receipt> => notices.first(pick, { signal: limited, begin })
  return watching
    .during(jobId, () => atMost(waitMs, signal, ask))
    .catch((cause: unknown) => {
      signal.throwIfAborted()
      throw new WeftError('NOT_FOUND', `no peer that answered within ${waitMs / 1_000} s knows the job ${jobId}`, {
        cause,
      })
    })
}

/** Jobs that this peer knows of: from the logs that it witnesses, and from the receipts that it keeps. Newest first. */
export async function listJobs(
  parts: ApiParts,
  { account, limit }: { account?: WalletKey; limit: number },
): Promise<readonly JobView[]> {
  const { core, store, domain } = parts
  const found = new Map<string, JobView>()
  // Of a wallet also the jobs that have accounts of their own.
  const asked = (spec: JobSpec): boolean =>
    account === undefined || spec.account === account || ownerOf(spec) === account
  for (const state of core.states().values()) {
    for (const job of state.jobs.values()) {
      const receipt = asked(job.spec) ? core.find(job.id) : undefined
      if (receipt !== undefined) found.set(job.id, viewOf(parts, receipt))
    }
  }
  for (const [, value] of await store.range({ ...within('receipt/'), limit: LISTED_MAX })) {
    const receipt = decodeReceipt(value, domain)
    if (receipt === undefined || found.has(receipt.job.id)) continue
    if (asked(receipt.job.spec)) found.set(receipt.job.id, viewOf(parts, receipt))
  }
  return [...found.values()].sort((a, b) => b.admittedMs - a.admittedMs || b.seq - a.seq).slice(0, limit)
}

/** The receipt as gateways show it, its certificate checked. */
export function viewOf(parts: ApiParts, receipt: Receipt): JobView {
  const { ledger, domain } = parts
  const registry = ledger.registryAt(receipt.certificate.header.epoch)
  const { spec } = receipt.job
  const committee = registry && drawCommittee(registry, spec.account, ownerOf(spec))
  return jobView({ receipt, committee, registry, domain })
}
