/** Posting jobs to a cluster and waiting for what becomes of them: on notices, never on time. */
import type { Notice } from '#node/core/effects.ts'
import { sealJob } from '#protocol/account/inputs.ts'
import type { JobRecord } from '#protocol/account/state.ts'
import type { JobSpec } from '#protocol/job/spec.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import type { Signer } from '#protocol/wire/keys.ts'
import { domain, jobSpec, type Node } from './cluster.ts'

/** Signs a job and posts it at `node` with the content of its inputs, where its changes are told from now on. */
export function post(
  node: Node,
  wallet: Signer,
  seq: number,
  patch: Partial<JobSpec> = {},
  blobs: readonly Uint8Array[] = [],
): Envelope {
  const envelope = sealJob(jobSpec(wallet, seq, patch), domain, wallet)
  node.driver.dispatch({ type: 'submit', envelope: envelope.raw, blobs })
  return envelope
}

/** The job's record once `is` holds for a certified one, as `node` hears of it. */
export function untilRecord(
  node: Node,
  job: string,
  is: (record: JobRecord) => boolean,
  timeoutMs = 50_000,
): Promise<JobRecord> {
  const pick = (notice: Notice): JobRecord | undefined =>
    notice.type === 'receipt' && notice.receipt.job.id === job && is(notice.receipt.job)
      ? notice.receipt.job
      : undefined
  const begin = (): void => {
    node.driver.dispatch({ type: 'watch', job })
    node.driver.dispatch({ type: 'query', job })
  }
  return node.watchers.first(pick, { signal: AbortSignal.timeout(timeoutMs), begin })
}

export function untilClosed(node: Node, job: string): Promise<JobRecord> {
  return untilRecord(node, job, ({ phase }) => phase === 'closed')
}

/** The code with which `node` is told that the job was refused. */
export function untilRejected(node: Node, job: string): Promise<string> {
  const pick = (notice: Notice): string | undefined =>
    notice.type === 'rejected' && notice.job === job ? notice.code : undefined
  return node.watchers.first(pick, { signal: AbortSignal.timeout(50_000) })
}

/** Waits until every node knows the offers of `count` peers. */
export async function untilOffered(nodes: readonly Node[], count: number): Promise<void> {
  while (nodes.some(({ core }) => core.summary().offers.length < count))
    await new Promise((resolve) => setImmediate(resolve))
}
