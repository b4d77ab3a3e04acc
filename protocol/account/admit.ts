/**
 * Admit: a validly signed job with the next sequence number that the account covers. Among several for one number the
 * lowest id wins and the others are told SEQ_TAKEN, so two devices that sign at once cannot lock the account. A refused
 * job uses its number up: nobody can bring it again later, when its author has long been told no (decision 0011).
 */
import type { ErrorCode } from '../errors.ts'
import type { JobSpec } from '../job/spec.ts'
import { limits } from '../limits.ts'
import { committedOf, open, type StateDraft } from './draft.ts'
import { type Input, type InputOf, JOB } from './inputs.ts'

/**
 * Takes the jobs among `inputs` that are this account's, lowest number first. A job whose number is beyond the next one
 * is left for later; each other one is admitted as `queued`, or stands in `draft.rejected` with its code (the codes:
 * {@link refusal} and {@link takenOrReplayed}). At most one job per number is ever admitted.
 */
export function admit(draft: StateDraft, inputs: readonly Input[]): void {
  const jobs = inputs.filter(
    (input): input is InputOf<typeof JOB> => input.kind === JOB && input.spec.account === draft.account,
  )
  jobs.sort((a, b) => a.spec.seq - b.spec.seq || (a.envelope.id < b.envelope.id ? -1 : 1))
  for (const input of jobs) admitOne(draft, input)
}

function admitOne(draft: StateDraft, { spec, envelope }: InputOf<typeof JOB>): void {
  if (draft.jobs.has(envelope.id)) return
  if (spec.seq > draft.lastSeq + 1) return
  const code = spec.seq <= draft.lastSeq ? takenOrReplayed(draft, spec) : refusal(draft, spec)
  if (code !== undefined) {
    draft.rejected.push({ id: envelope.id, code })
    // Its own account can take no other job: this one may come again, when the account is funded.
    if (spec.owner === undefined) draft.lastSeq = Math.max(draft.lastSeq, spec.seq)
    return
  }
  draft.lastSeq = spec.seq
  if (spec.authorised > draft.authorised) draft.authorised = spec.authorised
  draft.jobs.set(envelope.id, {
    id: envelope.id,
    spec,
    raw: envelope.raw,
    phase: 'queued',
    admittedMs: draft.timeMs,
    placedHeight: 0,
    attempts: 0,
    seats: [],
    excluded: [],
    busyTickets: 0,
    deferred: [],
    unfitMs: 0,
    revealMs: 0,
    outcome: null,
  })
}

/**
 * SEQ_TAKEN: a job that is still in the state has the number, so it was taken just now. SEQ_REPLAYED: an older job's,
 * or a refused one's.
 */
function takenOrReplayed(draft: StateDraft, spec: JobSpec): ErrorCode {
  for (const job of draft.jobs.values()) if (job.spec.seq === spec.seq) return 'SEQ_TAKEN'
  return 'SEQ_REPLAYED'
}

/** Why the account does not take the job, the first that holds; `undefined` if it takes it. */
function refusal(draft: StateDraft, spec: JobSpec): ErrorCode | undefined {
  const { timeMs } = draft
  if (spec.network !== draft.rules.networkId) return 'NETWORK_OTHER'
  // Elsewhere a key that nobody funded has a credit line.
  if (spec.owner !== undefined && !spec.network.startsWith('solana:')) return 'LEDGER_OTHER'
  if (spec.createdMs > timeMs + limits.clockSkewMs) return 'DEADLINE_PASSED'
  if (spec.deadlineMs <= timeMs || spec.deadlineMs > timeMs + limits.deadlineMaxMs) return 'DEADLINE_PASSED'
  if (open(draft).length >= limits.openJobsPerAccount) return 'ACCOUNT_FULL'
  const covered = committedOf(draft) + spec.priceMax
  if (covered > spec.authorised && covered > draft.authorised) return 'AUTHORISATION_SHORT'
  if (draft.funds === undefined) return 'FUNDS_STALE'
  return covered > draft.funds ? 'CREDITS_SHORT' : undefined
}
