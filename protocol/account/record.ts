/** The record of a job in its account's state: what each field means, and what may come from a disk or another peer. */
import { z } from 'zod'
import type { ErrorCode } from '../errors.ts'
import type { JobSpec } from '../job/spec.ts'
import { limits } from '../limits.ts'
import { amount, key, nat, type Shape } from '../shapes.ts'

const text = z.string().max(128)

const jobPhase = z.enum(['queued', 'placed', 'running', 'revealing', 'closed'])
/** Where a job stands, one way only: queued → placed → running → revealing → closed; `closed` may follow on any. */
export type JobPhase = z.infer<typeof jobPhase>

const seatResultSchema = z.strictObject({
  /** `failed`: the program failed by its own fault. */
  status: z.enum(['done', 'failed']),
  /** Error code of a failed program; empty if done. */
  code: text,
  /** Hex SHA-256 of the canonical output; of the code for a failed program. */
  digest: text,
  /** CID of the output blob; empty if there is none. */
  output: text,
  /** CID of the logs (stdout and stderr); empty if there are none. */
  logs: text,
  /** Milliseconds of run time that the replica reports. */
  meterMs: nat,
})
/** A revealed result as the record keeps it; the bodies of outputs stay with the replicas and the poster. */
export type SeatResult = Shape<typeof seatResultSchema>

/**
 * What a seat's holder may do. `offered`: it holds an active ticket and may accept. `standby`: it holds a ticket that
 * is not active yet. `running`: it accepted and holds a lease. `committed`: its commitment is in the log. `revealed`:
 * its result is.
 */
const seatRole = z.enum(['offered', 'standby', 'running', 'committed', 'revealed'])

const seatSchema = z.strictObject({
  /** Who holds it. Never changes. */
  peer: key,
  /**
   * standby → offered when `place` needs it; offered → running by its accept; running → committed by its commitment;
   * committed → revealed in the entry that judges.
   */
  role: seatRole,
  /**
   * The seat's fence: height of the entry at which its ticket became active, 0 for a standby. It is set then and never
   * changed, and grows with every seat given out, so a statement of an earlier holder, or of the same peer in an
   * earlier seat, counts for nothing (S6).
   */
  fence: nat,
  /** Certified time of the last change of role (revealing keeps that of the commitment). */
  sinceMs: nat,
  /** Micro-credits per second that its offer asked for in the entry that gave it the seat. Never changes. */
  rate: amount,
  /** Hex of the hash that it committed to (see `verification/commitment.ts`); empty before. */
  commitment: text,
  /** What it revealed: `null` until the entry that judges, and for good if it did not reveal in time. */
  result: seatResultSchema.nullable(),
})
/** A peer's place in a job's record: from the ticket to the result. */
export type Seat = Shape<typeof seatSchema>

const jobOutcomeSchema = z.strictObject({
  /** `completed` and `failed` with a verdict; `failed` also without, when it could not be placed. */
  state: z.enum(['completed', 'failed', 'expired', 'cancelled']),
  /** Why it did not complete; empty if it did. */
  code: z.custom<ErrorCode | ''>((value) => typeof value === 'string' && value.length < 64),
  /** Certified time of the entry that closed it. */
  closedMs: nat,
  /** Height of that entry. */
  height: nat,
  /** What comparing the results found; `null` where nothing was compared. */
  verdict: z
    .strictObject({
      /** Results in the largest cluster. */
      agreed: nat,
      /** Replicas wanted, or results if there were more. */
      of: nat,
      /** Parts per million: see `verification/confidence.ts`; 0 without a majority. */
      confidencePpm: nat,
      /** The replicas of the majority; none without one. */
      winners: z.array(key).max(limits.seatsPerJob),
      /** The other replicas that revealed; none without a majority. */
      outvoted: z.array(key).max(limits.seatsPerJob),
      /** The replica whose output is the merged result; empty if there is none. */
      representative: text,
    })
    .nullable(),
  /** CID of the merged output; empty if there is none. */
  output: text,
  /** CID of the representative's logs; empty if there are none. */
  logs: text,
  /** Micro-credits per wallet, ordered by the wallets' bytes, none of zero; their sum is `charged`. */
  payments: z.array(z.strictObject({ payee: key, amount })).max(2 * limits.seatsPerJob),
  /** Micro-credits that the account pays for the job: at most its `priceMax`. */
  charged: amount,
})
/** How a job ended: written once, by the entry that closes it. */
export type JobOutcome = Shape<typeof jobOutcomeSchema>

/** The shape of a record as it is encoded: all of a {@link JobRecord} but the signed job, which its id names. */
export const jobRecordSchema = z.strictObject({
  /** CID of the signed job. Never changes, nor does `admittedMs`. */
  id: text,
  /**
   * `queued` by admit; `placed` by the first tickets; `running` by the first accept; `revealing` when commitments
   * close; `closed` by judge, cancel, expire, or by place when nobody can run it.
   */
  phase: jobPhase,
  /** Certified time of the entry that admitted it. */
  admittedMs: nat,
  /** Height of the entry that last issued or activated tickets; 0 before. */
  placedHeight: nat,
  /**
   * Attempts so far: one more with each entry that issues tickets, unless all of them stand in for peers that refused
   * as busy. Never falls.
   */
  attempts: nat,
  /**
   * Tickets that came back as busy and that no other peer has got yet. Grows by a refusal, falls as `place` gives them.
   */
  busyTickets: nat,
  /**
   * The peers that have a place in this job, at most one seat each, in the order in which they got it: the best rank of
   * an entry first. Grows by `place`; a seat leaves by a refusal, an overdue lease or a timeout, and never once the job
   * is revealing.
   */
  seats: z.array(seatSchema).max(2 * limits.seatsPerJob),
  /**
   * Peers that failed this job: they get no ticket of it any more. Grows when a seat is taken for a failure; the oldest
   * go first.
   */
  excluded: z.array(key).max(limits.excludedPerJob),
  /**
   * Peers that were busy or silent, each as peer, time and count: none gets a ticket of this job before its time,
   * certified milliseconds; and how often it was busy, which makes it wait twice as long each time. Set when a seat is
   * taken; at most `limits.deferredPerJob`, of more those go whose time comes first.
   */
  deferred: z.array(z.tuple([key, nat, nat])).max(limits.deferredPerJob),
  /**
   * Certified time of the entry that first found nobody to run it; 0 while somebody can, works on it, or may soon.
   * Changed by `place`.
   */
  unfitMs: nat,
  /** Certified time at which the reveal opened; 0 before. */
  revealMs: nat,
  /** How it ended: `null` until the entry that closes it, then never changed. */
  outcome: jobOutcomeSchema.nullable(),
})
/** One job in its account's state. Immutable: a case of `step` that changes one puts a new record in its place. */
export interface JobRecord extends Shape<typeof jobRecordSchema> {
  /** The signed job; the id commits to it. Never changes. */
  readonly spec: JobSpec
  /** The job's envelope, as signed. Never changes. */
  readonly raw: Uint8Array
}
