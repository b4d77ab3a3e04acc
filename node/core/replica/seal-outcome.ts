/** A run's outcome as the two statements about it: the commitment that binds it, and the result, revealed later. */
import { carriesOutput, sealCommitment, sealResult } from '#protocol/account/inputs.ts'
import { failureDigest } from '#protocol/account/judge.ts'
import { encodeOutput } from '#protocol/job/output.ts'
import { commitmentHash } from '#protocol/verification/commitment.ts'
import { encode } from '#protocol/wire/canonical.ts'
import { sha256, toHex } from '#protocol/wire/hash.ts'
import type { BlobExchange } from '../blobs/blob-exchange.ts'
import type { Context } from '../context.ts'
import type { RunOutcome } from '../effects.ts'
import type { Committed } from './kept-runs.ts'
import type { ReplicaRun } from './replica-run.ts'

/**
 * Output and logs become blobs here; a small output travels in the result as well. Not repeatable: each call draws a
 * new nonce, and two commitments of one run would be held against this peer.
 */
export function sealOutcome(
  { context, blobs }: { readonly context: Context; readonly blobs: BlobExchange },
  run: Pick<ReplicaRun, 'seat' | 'job'>,
  outcome: Exclude<RunOutcome, { status: 'engine-failed' }>,
): Committed {
  const { identity, self } = context
  const logs = blobs.add(
    encode({ stdout: outcome.stdout, stderr: outcome.stderr, reason: 'reason' in outcome ? outcome.reason : '' }),
  )
  const bytes = outcome.status === 'done' ? encodeOutput(outcome) : undefined
  const digest = outcome.status === 'done' ? toHex(sha256(bytes ?? new Uint8Array())) : failureDigest(outcome.code)
  const nonce = context.random(32)
  const result = {
    ...run.seat,
    status: outcome.status === 'done' ? ('done' as const) : ('failed' as const),
    code: outcome.status === 'done' ? ('' as const) : outcome.code,
    digest,
    nonce,
    output: bytes === undefined ? '' : blobs.add(bytes),
    logs,
    meterMs: Math.max(1, Math.round(outcome.meterMs)),
    body: bytes !== undefined && carriesOutput(run.job.spec, bytes.length) ? bytes : new Uint8Array(),
  }
  const hash = commitmentHash({ jobId: run.job.id, fence: run.seat.fence, peer: self, outputDigest: digest, nonce })
  return {
    result: sealResult(result, identity.domain, identity.signer),
    commitment: sealCommitment({ ...run.seat, hash }, identity.domain, identity.signer),
  }
}
