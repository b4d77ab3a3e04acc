/**
 * The state of an account's log: credits, open jobs and their history so far. Values are immutable: a case of `step` replaces
 * what it changes. The header commits to all of it through the state root.
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

export interface AccountState {
  readonly account: WalletKey
  readonly epoch: number
  readonly height: number
  /** Certified time of the last entry, milliseconds since 1970. */
  readonly timeMs: number
  /** Hex digest of the last entry; empty at height 0. */
  readonly entry: string
  /** Leader of the last entry; it leads the next. Empty at height 0. */
  readonly proposer: PeerKey
  /** Highest admitted sequence number. */
  readonly lastSeq: number
  /** Highest lifetime total that the wallet authorised so far, micro-credits. */
  readonly authorised: bigint
  /** Epoch that this one was sealed for; 0 while it is open. */
  readonly sealedFor: number
  readonly totals: Totals
  /** Open jobs and the last closed ones, by job id in the order of admission. */
  readonly jobs: ReadonlyMap<string, JobRecord>
}

/** queued → placed → running → revealing → closed. */
export type JobPhase = 'queued' | 'placed' | 'running' | 'revealing' | 'closed'

export interface JobRecord {
  readonly id: string
  /** The signed job; the id commits to it. */
  readonly spec: JobSpec
  /** The job's envelope, as signed. */
  readonly raw: Uint8Array
  readonly phase: JobPhase
  readonly admittedMs: number
  /** Height of the entry that last issued tickets; 0 before. */
  readonly placedHeight: number
  /** Attempts so far: entries that issued tickets. */
  readonly attempts: number
  /** Ticket holders and replicas, best rank first. */
  readonly seats: readonly Seat[]
  /** Peers that failed this job: they get no ticket of it any more. */
  readonly excluded: readonly PeerKey[]
  /** Peers that refused or did not answer: none before the given time. */
  readonly deferred: readonly (readonly [PeerKey, number])[]
  /** Since when no peer could run it that is not in a seat already; 0 if one can. */
  readonly unfitMs: number
  /** When the reveal phase began; 0 before. */
  readonly revealMs: number
  readonly outcome: JobOutcome | null
}

/**
 * offered: holds an active ticket. standby: holds one that is not active yet. running: bound. committed: its commitment is in the log.
 * revealed: its result is.
 */
export type SeatRole = 'offered' | 'standby' | 'running' | 'committed' | 'revealed'

export interface Seat {
  readonly peer: PeerKey
  readonly role: SeatRole
  /** Height at which its ticket became active: its lease token. Grows with every seat given out. 0 for a standby. */
  readonly fence: number
  /** Certified time of the last change of role. */
  readonly sinceMs: number
  /** Micro-credits per second that it asked for when it was placed. */
  readonly rate: bigint
  /** Hex; empty before the commitment. */
  readonly commitment: string
  readonly result: SeatResult | null
}

export interface SeatResult {
  readonly status: 'done' | 'failed'
  /** Error code of a failed program; empty if done. */
  readonly code: string
  /** Hex SHA-256 of the canonical output; of the code for a failed program. */
  readonly digest: string
  /** CID of the output blob, and of the logs (stdout and stderr), empty if there is none. */
  readonly output: string
  readonly logs: string
  readonly meterMs: number
}

export interface JobOutcome {
  readonly state: 'completed' | 'failed' | 'expired' | 'cancelled'
  /** Why it did not complete; empty if it did. */
  readonly code: ErrorCode | ''
  readonly closedMs: number
  readonly height: number
  readonly verdict: {
    readonly agreed: number
    readonly of: number
    readonly confidencePpm: number
    readonly winners: readonly PeerKey[]
    readonly outvoted: readonly PeerKey[]
    /** The replica whose output is the merged result; empty if there is none. */
    readonly representative: PeerKey
  } | null
  /** CID of the merged output; empty if there is none. */
  readonly output: string
  /** CID of the representative's logs. */
  readonly logs: string
  readonly payments: readonly { readonly payee: WalletKey; readonly amount: bigint }[]
  readonly charged: bigint
}

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

/** Micro-credits reserved for open jobs. */
export function reservedOf(state: Pick<AccountState, 'jobs'>): bigint {
  let sum = 0n
  for (const job of state.jobs.values()) if (job.phase !== 'closed') sum += job.spec.priceMax
  return sum
}

export function openJobs(state: Pick<AccountState, 'jobs'>): JobRecord[] {
  return [...state.jobs.values()].filter((job) => job.phase !== 'closed')
}

/** The header over `state`. */
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

/** node(totalsRoot, node(jobsRoot, meta)). */
export function stateRoot(state: AccountState): Uint8Array {
  const { tree, totals, meta } = jobTree(state)
  return nodeHash(totals, nodeHash(treeRoot(tree), meta))
}

/** The sibling that a claim adds to its proof against the totals' root. */
export function jobsAndMeta(state: AccountState): Uint8Array {
  const { tree, meta } = jobTree(state)
  return nodeHash(treeRoot(tree), meta)
}

/** What proves one job's record against a header's state root. */
export interface JobProof {
  readonly record: Uint8Array
  readonly proof: MerkleProof
  readonly totalsRoot: Uint8Array
  readonly meta: Uint8Array
}

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

/** Canonical record of a job as it stands in the tree: everything but the signed job itself, which its id names. */
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

/** A job's leaf: what people ask of it, small enough for a transaction on chain, and the hash of the whole record. `undefined` if `record` is none. */
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
