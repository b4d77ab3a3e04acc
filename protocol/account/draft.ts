/** A state in the making: the cases of `step` change it one after another. Job records stay immutable; the draft replaces them. */

import type { Entry } from '../agreement/entry.ts'
import { sumTotals } from '../credits/totals.ts'
import type { ErrorCode } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Committee } from '../membership/committee.ts'
import type { RegistryView } from '../membership/registry.ts'
import type { PlacementInput } from '../placement/eligible.ts'
import type { OfferTable } from '../placement/offer-table.ts'
import type { PeerKey, WalletKey } from '../wire/keys.ts'
import type { Input } from './inputs.ts'
import { type AccountState, type JobOutcome, type JobRecord, reservedOf, type Seat } from './state.ts'

/** What `step` needs besides the state and the inputs: fixed for an epoch. */
export interface Rules {
  readonly domain: Uint8Array
  readonly networkId: string
  readonly registry: RegistryView
  readonly committee: Committee
}

export interface Rejection {
  /** Id of the refused input. */
  readonly id: string
  readonly code: ErrorCode
}

export interface StateDraft {
  readonly rules: Rules
  readonly entry: Entry
  readonly account: WalletKey
  readonly height: number
  readonly timeMs: number
  /** Most that the account may spend in its life; `undefined` if too few witnesses know, or know it from less than 6 hours ago. */
  readonly funds: bigint | undefined
  readonly offers: OfferTable
  lastSeq: number
  authorised: bigint
  sealedFor: number
  readonly totals: Map<WalletKey, bigint>
  readonly jobs: Map<string, JobRecord>
  /** Inputs that were looked at and refused for good: not part of the state, the same for every witness. */
  readonly rejected: Rejection[]
  /** Told of every placement decision: for explanations only, it changes nothing. */
  readonly onPlacement: ((job: string, input: PlacementInput) => void) | undefined
}

export function draftOf(
  state: AccountState,
  parts: Pick<StateDraft, 'rules' | 'entry' | 'timeMs' | 'funds' | 'offers' | 'onPlacement'>,
): StateDraft {
  return {
    ...parts,
    account: state.account,
    height: state.height + 1,
    lastSeq: state.lastSeq,
    authorised: state.authorised,
    sealedFor: 0,
    totals: new Map(state.totals),
    jobs: new Map(state.jobs),
    rejected: [],
  }
}

export function finish(draft: StateDraft): AccountState {
  prune(draft)
  return {
    account: draft.account,
    epoch: draft.rules.committee.epoch,
    height: draft.height,
    timeMs: draft.timeMs,
    entry: draft.entry.digest,
    proposer: draft.entry.proposer,
    lastSeq: draft.lastSeq,
    authorised: draft.authorised,
    sealedFor: draft.sealedFor,
    totals: draft.totals,
    jobs: draft.jobs,
  }
}

/** Micro-credits that the account has spent in its life or has reserved for its open jobs, as of now in this entry. */
export function committedOf(draft: StateDraft): bigint {
  return sumTotals(draft.totals) + reservedOf(draft)
}

/** Replaces parts of a job's record. */
export function update(draft: StateDraft, job: JobRecord, patch: Partial<JobRecord>): JobRecord {
  const changed = { ...job, ...patch }
  draft.jobs.set(job.id, changed)
  return changed
}

export function updateSeat(draft: StateDraft, job: JobRecord, peer: PeerKey, patch: Partial<Seat>): JobRecord {
  return update(draft, job, { seats: job.seats.map((seat) => (seat.peer === peer ? { ...seat, ...patch } : seat)) })
}

/** Takes a seat back. One that failed gets no ticket of this job any more; one that is busy or silent gets none for a while. */
export function removeSeat(
  draft: StateDraft,
  job: JobRecord,
  peer: PeerKey,
  why: 'failed' | 'silent' | 'busy',
): JobRecord {
  const seats = job.seats.filter((seat) => seat.peer !== peer)
  if (why !== 'failed') {
    const others = job.deferred.filter(([deferred, until]) => deferred !== peer && until > draft.timeMs)
    const untilMs = draft.timeMs + (why === 'busy' ? limits.busyDeferMs : limits.deferMs)
    return update(draft, job, { seats, deferred: [...others, [peer, untilMs]] })
  }
  const excluded = [...job.excluded.filter((other) => other !== peer), peer].slice(-limits.excludedPerJob)
  return update(draft, job, { seats, excluded })
}

/** Ends a job. Nothing is charged unless `payments` says so. */
export function close(
  draft: StateDraft,
  job: JobRecord,
  outcome: Pick<JobOutcome, 'state' | 'code'> & Partial<JobOutcome>,
): JobRecord {
  const full: JobOutcome = {
    closedMs: draft.timeMs,
    height: draft.height,
    verdict: null,
    output: '',
    logs: '',
    payments: [],
    charged: 0n,
    ...outcome,
  }
  for (const { payee, amount } of full.payments) draft.totals.set(payee, (draft.totals.get(payee) ?? 0n) + amount)
  return update(draft, job, { phase: 'closed', outcome: full })
}

/** Open jobs in the order of admission. */
export function open(draft: StateDraft): JobRecord[] {
  return [...draft.jobs.values()].filter((job) => job.phase !== 'closed')
}

/** The open job and the seat that a statement of `peer` is about: only the holder of the current lease has one (S6). */
export function findSeat(
  draft: StateDraft,
  input: Extract<Input, { statement: { fence: number } }>,
): { job: JobRecord; seat: Seat } | undefined {
  const { job: id, fence, account } = input.statement
  const job = draft.jobs.get(id)
  if (job === undefined || job.phase === 'closed' || account !== draft.account) return undefined
  const seat = job.seats.find((candidate) => candidate.peer === input.envelope.signer)
  return seat !== undefined && seat.fence === fence && seat.role !== 'standby' ? { job, seat } : undefined
}

/** Forgets the oldest closed jobs beyond what the state keeps. Their certificates live on with the witnesses. */
function prune(draft: StateDraft): void {
  const closed = [...draft.jobs.values()].filter(
    (job) => job.phase === 'closed' && job.outcome?.height !== draft.height,
  )
  for (const job of closed.slice(0, Math.max(0, closed.length - limits.closedJobsInState))) draft.jobs.delete(job.id)
}
