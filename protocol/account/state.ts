/**
 * The state of an account's log: credits, open jobs and their history so far. Values are immutable: a case of `step`
 * replaces what it changes. The header commits to all of it through the state root.
 */
import { z } from 'zod'
import type { Totals } from '../credits/totals.ts'
import { sumTotals, totalsRoot } from '../credits/totals.ts'
import type { ErrorCode } from '../errors.ts'
import type { JobSpec } from '../job/spec.ts'
import { decode, encode, type Plain } from '../wire/canonical.ts'
import { concat, sha256, utf8 } from '../wire/hash.ts'
import { type Header, RULES_VERSION } from '../wire/header.ts'
import type { PeerKey, WalletKey } from '../wire/keys.ts'
import {
  leafHash,
  type MerkleProof,
  type MerkleTree,
  merkleTree,
  nodeHash,
  rootFromProof,
  treeProof,
  treeRoot,
} from '../wire/merkle.ts'

/**
 * What one account's log certifies after each entry. Created by {@link emptyAccount}, changed by `step` alone, which
 * builds the next one; two equal states have one root. Holds at most `limits.openJobsPerAccount` open jobs and, beside
 * those that the last entry closed, `limits.closedJobsInState` closed ones.
 */
export interface AccountState {
  /** Key of the log: the wallet's, or a one-job account's own. Never changes. */
  readonly account: WalletKey
  /**
   * Epoch of the committee that decided the last entry. Set by each entry; grows by one with a hand-over, never else.
   */
  readonly epoch: number
  /** Entries so far: 0 before the first, then one more with each. */
  readonly height: number
  /** Certified time, milliseconds since 1970: set by each entry, never earlier than before. 0 at height 0. */
  readonly timeMs: number
  /** Hex digest of the last entry: set by each. Empty at height 0. */
  readonly entry: string
  /** Leader of the last entry, set by each: it leads the next in view 0. Empty at height 0. */
  readonly proposer: PeerKey
  /**
   * Highest sequence number used up: 0 before the first job. Grows by one when `admit` takes a job, and also when it
   * refuses one for good, except on a one-job account.
   */
  readonly lastSeq: number
  /**
   * Highest lifetime total that the wallet authorised so far, micro-credits. Grows when a job is admitted that names a
   * higher one.
   */
  readonly authorised: bigint
  /**
   * Epoch that this one was sealed for, `epoch + 1`, where the last entry was a seal; 0 otherwise, and again after the
   * next entry.
   */
  readonly sealedFor: number
  /**
   * Lifetime micro-credits per payee. An amount grows when `judge` closes a job that pays; no entry leaves or shrinks.
   */
  readonly totals: Totals
  /**
   * Open jobs and the last closed ones, by job id in the order of admission. A job enters by `admit`, changes as its
   * record says, and leaves after it closed, when enough later ones have.
   */
  readonly jobs: ReadonlyMap<string, JobRecord>
}

/** Where a job stands, one way only: queued → placed → running → revealing → closed; `closed` may follow on any. */
export type JobPhase = 'queued' | 'placed' | 'running' | 'revealing' | 'closed'

/** One job in its account's state. Immutable: a case of `step` that changes one puts a new record in its place. */
export interface JobRecord {
  /** CID of the signed job. Never changes, nor do `spec`, `raw` and `admittedMs`. */
  readonly id: string
  /** The signed job; the id commits to it. */
  readonly spec: JobSpec
  /** The job's envelope, as signed. */
  readonly raw: Uint8Array
  /**
   * `queued` by admit; `placed` by the first tickets; `running` by the first accept; `revealing` when commitments
   * close; `closed` by judge, cancel, expire, or by place when nobody can run it.
   */
  readonly phase: JobPhase
  /** Certified time of the entry that admitted it. */
  readonly admittedMs: number
  /** Height of the entry that last issued or activated tickets; 0 before. */
  readonly placedHeight: number
  /**
   * Attempts so far: one more with each entry that issues tickets, unless all of them stand in for peers that refused as
   * busy. Never falls.
   */
  readonly attempts: number
  /** Tickets that came back as busy and that no other peer has got yet. Grows by a refusal, falls as `place` gives them. */
  readonly busyTickets: number
  /**
   * The peers that have a place in this job, at most one seat each, in the order in which they got it: the best rank of
   * an entry first. Grows by `place`; a seat leaves by a refusal, an overdue lease or a timeout, and never once the job
   * is revealing.
   */
  readonly seats: readonly Seat[]
  /**
   * Peers that failed this job: they get no ticket of it any more. Grows when a seat is taken for a failure; the oldest
   * go first.
   */
  readonly excluded: readonly PeerKey[]
  /**
   * Peers that were busy or silent: none gets a ticket of this job before its time, certified milliseconds; and how often
   * it was busy, which makes it wait twice as long each time. Set when a seat is taken; at most `limits.deferredPerJob`,
   * of more those go whose time comes first.
   */
  readonly deferred: readonly (readonly [peer: PeerKey, untilMs: number, timesBusy: number])[]
  /**
   * Certified time of the entry that first found nobody to run it; 0 while somebody can, works on it, or may soon.
   * Changed by `place`.
   */
  readonly unfitMs: number
  /** Certified time at which the reveal opened; 0 before. */
  readonly revealMs: number
  /** How it ended: `null` until the entry that closes it, then never changed. */
  readonly outcome: JobOutcome | null
}

/**
 * What a seat's holder may do. `offered`: it holds an active ticket and may accept. `standby`: it holds a ticket that
 * is not active yet. `running`: it accepted and holds a lease. `committed`: its commitment is in the log. `revealed`:
 * its result is.
 */
export type SeatRole = 'offered' | 'standby' | 'running' | 'committed' | 'revealed'

/** A peer's place in a job's record: from the ticket to the result. */
export interface Seat {
  /** Who holds it. Never changes. */
  readonly peer: PeerKey
  /**
   * standby → offered when `place` needs it; offered → running by its accept; running → committed by its commitment;
   * committed → revealed in the entry that judges.
   */
  readonly role: SeatRole
  /**
   * The seat's fence: height of the entry at which its ticket became active, 0 for a standby. It is set then and never
   * changed, and grows with every seat given out, so a statement of an earlier holder, or of the same peer in an
   * earlier seat, counts for nothing (S6).
   */
  readonly fence: number
  /** Certified time of the last change of role (revealing keeps that of the commitment). */
  readonly sinceMs: number
  /** Micro-credits per second that its offer asked for in the entry that gave it the seat. Never changes. */
  readonly rate: bigint
  /** Hex of the hash that it committed to (see `verification/commitment.ts`); empty before. */
  readonly commitment: string
  /** What it revealed: `null` until the entry that judges, and for good if it did not reveal in time. */
  readonly result: SeatResult | null
}

/** A revealed result as the record keeps it; the bodies of outputs stay with the replicas and the poster. */
export interface SeatResult {
  /** `failed`: the program failed by its own fault. */
  readonly status: 'done' | 'failed'
  /** Error code of a failed program; empty if done. */
  readonly code: string
  /** Hex SHA-256 of the canonical output; of the code for a failed program. */
  readonly digest: string
  /** CID of the output blob; empty if there is none. */
  readonly output: string
  /** CID of the logs (stdout and stderr); empty if there are none. */
  readonly logs: string
  /** Milliseconds of run time that the replica reports. */
  readonly meterMs: number
}

/** How a job ended: written once, by the entry that closes it. */
export interface JobOutcome {
  /** `completed` and `failed` with a verdict; `failed` also without, when it could not be placed. */
  readonly state: 'completed' | 'failed' | 'expired' | 'cancelled'
  /** Why it did not complete; empty if it did. */
  readonly code: ErrorCode | ''
  /** Certified time of the entry that closed it. */
  readonly closedMs: number
  /** Height of that entry. */
  readonly height: number
  /** What comparing the results found; `null` where nothing was compared. */
  readonly verdict: {
    /** Results in the largest cluster. */
    readonly agreed: number
    /** Replicas wanted, or results if there were more. */
    readonly of: number
    /** Parts per million: see `verification/confidence.ts`; 0 without a majority. */
    readonly confidencePpm: number
    /** The replicas of the majority; none without one. */
    readonly winners: readonly PeerKey[]
    /** The other replicas that revealed; none without a majority. */
    readonly outvoted: readonly PeerKey[]
    /** The replica whose output is the merged result; empty if there is none. */
    readonly representative: PeerKey
  } | null
  /** CID of the merged output; empty if there is none. */
  readonly output: string
  /** CID of the representative's logs; empty if there are none. */
  readonly logs: string
  /** Micro-credits per wallet, ordered by the wallets' bytes, none of zero; their sum is `charged`. */
  readonly payments: readonly { readonly payee: WalletKey; readonly amount: bigint }[]
  /** Micro-credits that the account pays for the job: at most its `priceMax`. */
  readonly charged: bigint
}

/** What a job's `phase` is called on its way out of the log: once it is closed, how it ended. */
export type JobState = Exclude<JobPhase, 'closed'> | JobOutcome['state']

/** The {@link JobState} of a record. */
export function stateOf({ phase, outcome }: Pick<JobRecord, 'phase' | 'outcome'>): JobState {
  return phase === 'closed' ? (outcome?.state ?? 'failed') : phase
}

/** The state before the first entry: height 0, nothing spent, no jobs, in the given epoch. */
export function emptyAccount(account: WalletKey, epoch: number): AccountState {
  return {
    account,
    epoch,
    height: 0,
    timeMs: 0,
    entry: '',
    proposer: '',
    lastSeq: 0,
    authorised: 0n,
    sealedFor: 0,
    totals: new Map(),
    jobs: new Map(),
  }
}

/** Micro-credits reserved for the open jobs: the sum of their price limits. Linear in the jobs. */
export function reservedOf(state: Pick<AccountState, 'jobs'>): bigint {
  let sum = 0n
  for (const job of state.jobs.values()) if (job.phase !== 'closed') sum += job.spec.priceMax
  return sum
}

/** The jobs that are not closed, in the order of admission. */
export function openJobs(state: Pick<AccountState, 'jobs'>): JobRecord[] {
  return [...state.jobs.values()].filter((job) => job.phase !== 'closed')
}

/**
 * The header over `state` on the network of `domain` (32 bytes): what witnesses sign. Its hashes are computed once per
 * state.
 */
export function headerOf(state: AccountState, domain: Uint8Array): Header {
  return {
    domain,
    account: state.account,
    stateRoot: stateRoot(state),
    epoch: state.epoch,
    height: state.height,
    timeMs: state.timeMs,
    spent: sumTotals(state.totals),
    reserved: reservedOf(state),
    lastSeq: state.lastSeq,
    rulesVersion: RULES_VERSION,
    sealed: state.sealedFor > 0,
  }
}

/**
 * 32 bytes that commit to all of `state`: node(totalsRoot, node(jobsRoot, meta)), as the README's section Bytes has it.
 */
export function stateRoot(state: AccountState): Uint8Array {
  const { tree, totals, meta } = jobTree(state)
  return nodeHash(totals, nodeHash(treeRoot(tree), meta))
}

/** 32 bytes, node(jobsRoot, meta): the sibling that a claim adds to its proof against the totals' root. */
export function jobsAndMeta(state: AccountState): Uint8Array {
  const { tree, meta } = jobTree(state)
  return nodeHash(treeRoot(tree), meta)
}

/** What proves one job's record against a header's state root. */
export interface JobProof {
  /** The canonical record, see {@link encodeJob}. */
  readonly record: Uint8Array
  /** Of the job's leaf against the root of all jobs. */
  readonly proof: MerkleProof
  /** 32 bytes. */
  readonly totalsRoot: Uint8Array
  /** 32 bytes: the leaf hash of everything else in the state. */
  readonly meta: Uint8Array
}

/**
 * The proof of a job's record against {@link stateRoot}; `undefined` if the state holds no such job. Logarithmic once
 * hashed.
 */
export function proveJob(state: AccountState, jobId: string): JobProof | undefined {
  const job = state.jobs.get(jobId)
  if (job === undefined) return undefined
  const { tree, indexOf, totals, meta } = jobTree(state)
  const proof = treeProof(tree, indexOf.get(jobId) ?? -1)
  return { record: encodeJob(job), proof, totalsRoot: totals, meta }
}

/** The state root that `proof` leads to; `undefined` if its shape is wrong. */
export function rootOfJobProof(proof: JobProof): Uint8Array | undefined {
  const summary = summaryOf(proof.record)
  const jobsRoot = summary && rootFromProof(leafHash(jobLeaf(summary)), proof.proof)
  return jobsRoot === undefined ? undefined : nodeHash(proof.totalsRoot, nodeHash(jobsRoot, proof.meta))
}

/**
 * Canonical record of a job, whose hash stands in the tree: everything but the signed job itself, which its id names.
 */
export function encodeJob(job: JobRecord): Uint8Array {
  const { spec: _spec, raw: _raw, outcome, seats, ...rest } = job
  const record: Plain = {
    ...rest,
    seats: seats.map((seat) => ({ ...seat, result: seat.result === null ? null : { ...seat.result } })),
    outcome:
      outcome === null
        ? null
        : {
            ...outcome,
            verdict: outcome.verdict === null ? null : { ...outcome.verdict },
            payments: outcome.payments.map((payment) => ({ ...payment })),
          },
  }
  return encode(record)
}

/**
 * The content of a job's leaf: canonical {id, state, code, output, charged, record}. What people ask of a job, small
 * enough for a transaction on chain, and the hash of the whole record (decision 0009). `undefined` if `record` is no
 * canonical record.
 */
export function summaryOf(record: Uint8Array): Uint8Array | undefined {
  const parsed = summarySchema.safeParse(decode(record))
  return parsed.success ? encodeSummary(parsed.data, record) : undefined
}

function encodeSummary({ id, phase, outcome }: z.output<typeof summarySchema>, record: Uint8Array): Uint8Array {
  const { state, code, output, charged } = outcome ?? { state: phase, code: '', output: '', charged: 0n }
  return encode({ id, state, code, output, charged, record: sha256(record) })
}

const summarySchema = z.object({
  id: z.string(),
  phase: z.string(),
  outcome: z
    .object({ state: z.string(), code: z.string(), output: z.string(), charged: z.union([z.number(), z.bigint()]) })
    .nullable(),
})

const leafCache = new WeakMap<JobRecord, Uint8Array>()

interface StateTree {
  readonly tree: MerkleTree
  readonly indexOf: ReadonlyMap<string, number>
  readonly totals: Uint8Array
  readonly meta: Uint8Array
}

const trees = new WeakMap<AccountState, StateTree>()

/** The hashes of a state, computed once per state. */
function jobTree(state: AccountState): StateTree {
  const known = trees.get(state)
  if (known !== undefined) return known
  const jobs = [...state.jobs.values()].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
  const made: StateTree = {
    tree: merkleTree(jobs.map(leafOf)),
    indexOf: new Map(jobs.map((job, index) => [job.id, index])),
    totals: totalsRoot(state.totals),
    meta: metaHash(state),
  }
  trees.set(state, made)
  return made
}

function leafOf(job: JobRecord): Uint8Array {
  const known = leafCache.get(job)
  if (known !== undefined) return known
  const leaf = leafHash(jobLeaf(encodeSummary(job, encodeJob(job))))
  leafCache.set(job, leaf)
  return leaf
}

function jobLeaf(summary: Uint8Array): Uint8Array {
  return concat(utf8('weft-job'), summary)
}

function metaHash(state: AccountState): Uint8Array {
  const { account, epoch, height, timeMs, entry, proposer, lastSeq, authorised, sealedFor } = state
  const meta = encode({ account, epoch, height, timeMs, entry, proposer, lastSeq, authorised, sealedFor })
  return leafHash(concat(utf8('weft-met'), meta))
}
