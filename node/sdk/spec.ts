/** The job that a wallet signs, made from a prepared one and the terms of its network. */
import { z } from 'zod'
import { WeftError } from '#protocol/errors.ts'
import { type JobSpec, jobSpecSchema } from '#protocol/job/spec.ts'
import { limits } from '#protocol/limits.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { PreparedJob } from './job-file.ts'

/** What a job gets when it is signed. */
export interface SpecTerms {
  readonly network: string
  readonly replicas: number
  /** Whose log it goes to: the wallet, or the job's own account. */
  readonly account: WalletKey
  /** The wallet that pays, where the account is the job's own. */
  readonly owner?: WalletKey
  readonly seq: number
  /** What earlier jobs spent and reserved, micro-credits. */
  readonly committed: bigint
  /** Micro-credits in place of what the job file says. */
  readonly priceMax?: bigint | undefined
  /** Time until the account can be spent from; the deadline moves with it. */
  readonly waitMs?: number
  /** Milliseconds since 1970. */
  readonly nowMs: number
}

/**
 * The job to sign. Authorises no more than what is committed already and this job's limit (property S5); the deadline
 * is at most `limits.deadlineMaxMs` away. JOB_MALFORMED if the parts make no job.
 */
export function specOf({ draft, engine, inputs }: PreparedJob, terms: SpecTerms): JobSpec {
  const { nowMs, waitMs = 0, priceMax = draft.priceMax } = terms
  const parsed = jobSpecSchema.safeParse({
    version: 1,
    name: draft.name,
    network: terms.network,
    account: terms.account,
    ...(terms.owner === undefined ? {} : { owner: terms.owner }),
    seq: terms.seq,
    authorised: terms.committed + priceMax,
    createdMs: nowMs,
    deadlineMs: nowMs + Math.min(waitMs + draft.deadlineMs, limits.deadlineMaxMs),
    engine,
    inputs,
    requirements: draft.requirements,
    replicas: terms.replicas,
    comparator: draft.comparator,
    priceMax,
    policy: draft.policy,
  })
  if (parsed.success) return parsed.data
  throw new WeftError('JOB_MALFORMED', z.prettifyError(parsed.error).replace(/\s+/g, ' '))
}
