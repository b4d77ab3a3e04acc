/**
 * The state of an account's log: credits, open jobs and their history so far. Values are immutable: a case of `step`
 * replaces what it changes. The header commits to all of it through the state root.
 */
import { z } from 'zod'
import type { Totals } from '../credits/totals.ts'
import { sumTotals, totalsRoot } from '../credits/totals.ts'
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
import type { JobOutcome, JobPhase, JobRecord } from './record.ts'

export type { JobOutcome, JobRecord, Seat, SeatResult } from './record.ts'

/**
 * What one account's log certifies after each entry. Created by {@link emptyAccount}, changed by `step` alone, which
 * builds the next one; two equal states have one root. Holds at most `limits.openJobsPerAccount` open jobs and, beside
 * those that the last entry closed, `limits.closedJobsInState` closed ones.
 */
export interface AccountState {
  /** Key of the log: the wallet's, or a one-job account's own. Never changes. */
  readonly account: WalletKey
  /**
   * Epoch of the committee that decided the last entry. Set by each entry; grows by one with a handoff, never else.
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
