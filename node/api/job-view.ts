/**
 * What a job looks like from outside: its record in the account's certified state, with the certificate that proves it.
 */
import { z } from 'zod'
import { aBlob, aDigest, aJob, aTimeMs, aWallet, somePeers } from './examples.ts'
import type { Shape } from './route.ts'
import { amount, cid, errorCode, int, key, timeMs } from './shapes.ts'

/** The certificate that proves a job's record. `valid` was found out by the peer that answers, just now. */
const certificateViewSchema = z
  .object({
    account: key,
    epoch: int,
    height: int.describe('Number of the certified entry.'),
    n: int.describe('Witnesses of the account.'),
    quorum: int.describe('Signatures that make a certificate.'),
    signers: z.array(key),
    digest: z.string().describe("Hexadecimal SHA-256 of the header's 160 bytes."),
    valid: z.boolean().describe("True if the quorum's signatures and the proof of the record were recomputed here."),
  })
  .meta({ id: 'Certificate' })
/** {@link certificateViewSchema}. */
export type CertificateView = Shape<typeof certificateViewSchema>

/**
 * Where a job stands. The certified bytes call it `phase` while it is open, and the outcome's `state` when it is
 * closed; outside both are `state`.
 */
export const jobStateSchema = z
  .enum(['queued', 'placed', 'running', 'revealing', 'completed', 'failed', 'expired', 'cancelled'])
  .describe('Where it stands; the last four are ends.')
/** {@link jobStateSchema}. */
export type JobState = z.infer<typeof jobStateSchema>

/** One replica's place in a job, as the newest certified entry has it. */
const seatSchema = z.object({
  peer: key,
  role: z.enum(['offered', 'standby', 'running', 'committed', 'revealed']),
  fence: int.describe('Grows with every certified change; an older one may not renew or submit.'),
  digest: z.string().describe('Of its result, hexadecimal; empty before it is revealed.'),
  output: cid,
  logs: cid,
  meterMs: int.describe('How long it says that it ran.'),
})

const verdictSchema = z.object({
  agreed: int.describe('Replicas whose results agree.'),
  of: int.describe('Replicas that were compared.'),
  confidence: z.number().describe('From 0 to 1.'),
  winners: z.array(key),
  outvoted: z.array(key),
})

/** A job as every route and event shows it. */
export const jobViewSchema = z
  .object({
    jobId: z.string().describe('The content id of what the wallet signed.'),
    name: z.string(),
    account: key.describe("Whose log it is in: the wallet, or the job's own account."),
    owner: key.describe('The wallet that pays.'),
    escrow: z
      .string()
      .describe('Hexadecimal of the 32 bytes that name the job on chain, if it has an account of its own; else empty.'),
    seq: int.describe("Its number in the account's order: 1, 2, 3, …"),
    engine: z.string(),
    state: jobStateSchema,
    code: z.union([z.literal(''), errorCode]).describe('Why it did not complete; empty if it did, or is open.'),
    replicas: int.describe('How many the wallet asked for.'),
    attempts: int.describe('Placements so far.'),
    priceMax: amount,
    deadlineMs: timeMs,
    admittedMs: timeMs.describe('Certified time of its admission.'),
    closedMs: timeMs.nullable().describe('Certified time of its end; null while it is open.'),
    placement: z.object({
      height: int.describe('Entry that placed it; 0 if none did yet.'),
      primaries: z.array(key),
      standbys: z.array(key),
    }),
    seats: z.array(seatSchema),
    excluded: z.array(key).describe('Peers that failed this job and get it no more.'),
    verdict: verdictSchema.nullable(),
    output: cid.describe('Content id of the merged output (canonical CBOR); empty if there is none.'),
    logs: cid.describe('Content id of the logs; empty if there are none.'),
    charged: amount,
    earned: z.array(z.object({ payee: key, peer: key.nullable(), amount })),
    certificate: certificateViewSchema.nullable(),
  })
  .meta({ id: 'Job' })
/** {@link jobViewSchema}. */
export type JobView = Shape<typeof jobViewSchema>

/** The whole job, whenever it changed. `at` is the peer's wall clock. */
export const jobChangedSchema = z.object({ type: z.literal('job'), at: timeMs, job: jobViewSchema })

/** What a replica printed, as it arrived; pieces can be missing, what counts is the output. */
export const jobOutputSchema = z.object({
  type: z.literal('output'),
  at: timeMs,
  peer: key,
  stream: z.enum(['stdout', 'stderr']),
  text: z.string(),
})

/** What happens to a job, in order. */
const jobEventSchema = z.discriminatedUnion('type', [jobChangedSchema, jobOutputSchema])
/** {@link jobEventSchema}. */
export type JobEvent = Shape<typeof jobEventSchema>

/** A job that three peers completed, for examples. */
export const exampleJob: JobView = {
  jobId: aJob,
  name: 'hello',
  account: aWallet,
  owner: aWallet,
  escrow: '',
  seq: 1,
  engine: 'python',
  state: 'completed',
  code: '',
  replicas: 3,
  attempts: 1,
  priceMax: '1000',
  deadlineMs: aTimeMs + 3_600_000,
  admittedMs: aTimeMs,
  closedMs: aTimeMs + 2_000,
  placement: { height: 2, primaries: somePeers.slice(0, 3), standbys: somePeers.slice(3) },
  seats: somePeers.slice(0, 3).map((peer) => ({
    peer,
    role: 'revealed',
    fence: 4,
    digest: aDigest,
    output: aBlob,
    logs: aBlob,
    meterMs: 120,
  })),
  excluded: [],
  verdict: { agreed: 3, of: 3, confidence: 0.97, winners: somePeers.slice(0, 3), outvoted: [] },
  output: aBlob,
  logs: aBlob,
  charged: '36',
  earned: somePeers.slice(0, 3).map((peer) => ({ payee: aWallet, peer, amount: '12' })),
  certificate: {
    account: aWallet,
    epoch: 1,
    height: 7,
    n: 4,
    quorum: 3,
    signers: somePeers.slice(0, 3),
    digest: aDigest,
    valid: true,
  },
}
