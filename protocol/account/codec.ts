/**
 * A whole state as bytes: for snapshots on disk and for witnesses that catch up. What is read here has the right shape,
 * no more: whoever reads a state checks its root against a certified header.
 */
import { z } from 'zod'
import { limits } from '../limits.ts'
import { amount, bytes, key, nat } from '../shapes.ts'
import { decode, encode } from '../wire/canonical.ts'
import { readEnvelope } from '../wire/envelope.ts'
import { readInput } from './inputs.ts'
import { type AccountState, encodeJob, type JobRecord } from './state.ts'

/** Canonical bytes of all of `state`, the signed jobs included. */
export function encodeState(state: AccountState): Uint8Array {
  const { jobs, totals, ...meta } = state
  return encode({
    ...meta,
    totals: [...totals].map(([payee, total]) => [payee, total]),
    jobs: [...jobs.values()].map((job) => [encodeJob(job), job.raw]),
  })
}

/**
 * The state in `encoded`, unverified; `undefined` if its shape or bounds are wrong or a signed job is not what its
 * record names.
 */
export function decodeState(encoded: Uint8Array, domain: Uint8Array): AccountState | undefined {
  const parsed = stateSchema.safeParse(decode(encoded))
  if (!parsed.success) return undefined
  const { jobs: pairs, totals, ...meta } = parsed.data
  const jobs: JobRecord[] = []
  for (const [record, raw] of pairs) {
    const job = decodeJob(record, raw, domain)
    if (job === undefined) return undefined
    jobs.push(job)
  }
  // The root does not cover the order in which they came here, and `step` goes through them in the order of admission.
  jobs.sort((a, b) => a.spec.seq - b.spec.seq)
  return { ...meta, totals: new Map(totals), jobs: new Map(jobs.map((job) => [job.id, job])) }
}

/**
 * The job whose canonical record is `record` and whose envelope is `raw`; `undefined` if either is malformed, the
 * signature does not verify on the network of `domain`, or the record's id is not the envelope's.
 */
export function decodeJob(record: Uint8Array, raw: Uint8Array, domain: Uint8Array): JobRecord | undefined {
  const parsed = jobSchema.safeParse(decode(record))
  const envelope = readEnvelope(raw, domain)
  const input = envelope === undefined ? undefined : readInput(envelope, domain)
  if (!parsed.success || input?.kind !== 'job' || input.envelope.id !== parsed.data.id) return undefined
  return { ...parsed.data, spec: input.spec, raw }
}

const text = z.string().max(128)
const code = z.custom<NonNullable<JobRecord['outcome']>['code']>(
  (value) => typeof value === 'string' && value.length < 64,
)

const resultSchema = z.strictObject({
  status: z.enum(['done', 'failed']),
  code: text,
  digest: text,
  output: text,
  logs: text,
  meterMs: nat,
})

const seatSchema = z.strictObject({
  peer: key,
  role: z.enum(['offered', 'standby', 'running', 'committed', 'revealed']),
  fence: nat,
  sinceMs: nat,
  rate: amount,
  commitment: text,
  result: resultSchema.nullable(),
})

const outcomeSchema = z.strictObject({
  state: z.enum(['completed', 'failed', 'expired', 'cancelled']),
  code,
  closedMs: nat,
  height: nat,
  verdict: z
    .strictObject({
      agreed: nat,
      of: nat,
      confidencePpm: nat,
      winners: z.array(key).max(limits.seatsPerJob),
      outvoted: z.array(key).max(limits.seatsPerJob),
      representative: text,
    })
    .nullable(),
  output: text,
  logs: text,
  payments: z.array(z.strictObject({ payee: key, amount })).max(2 * limits.seatsPerJob),
  charged: amount,
})

const jobSchema = z.strictObject({
  id: text,
  phase: z.enum(['queued', 'placed', 'running', 'revealing', 'closed']),
  admittedMs: nat,
  placedHeight: nat,
  attempts: nat,
  seats: z.array(seatSchema).max(2 * limits.seatsPerJob),
  excluded: z.array(key).max(limits.excludedPerJob),
  busyTickets: nat,
  deferred: z.array(z.tuple([key, nat, nat])).max(limits.deferredPerJob),
  unfitMs: nat,
  revealMs: nat,
  outcome: outcomeSchema.nullable(),
})

const stateSchema = z.strictObject({
  account: key,
  epoch: nat,
  height: nat,
  timeMs: nat,
  entry: text,
  proposer: text,
  lastSeq: nat,
  authorised: amount,
  sealedFor: nat,
  totals: z.array(z.tuple([key, amount])).max(limits.payeesPerAccount),
  jobs: z.array(z.tuple([bytes, bytes])).max(2 * limits.openJobsPerAccount + limits.closedJobsInState),
})
