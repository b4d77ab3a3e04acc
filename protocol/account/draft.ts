/**
 * The draft of the next state: the cases of `step` change it one after another. Records in it stay immutable; a case
 * replaces what it changes, so the state before keeps its own.
 */
import type { Entry } from '../agreement/entry.ts'
import { sumTotals } from '../credits/totals.ts'
import type { ErrorCode } from '../errors.ts'
import { limits } from '../limits.ts'
import type { Committee } from '../membership/committee.ts'
import type { RegistryView } from '../membership/registry.ts'
import type { PlacementRequest } from '../placement/eligible.ts'
import type { OfferTable } from '../placement/offer-table.ts'
import type { PeerKey, WalletKey } from '../wire/keys.ts'
import type { Input } from './inputs.ts'
import { type AccountState, type JobOutcome, type JobRecord, reservedOf, type Seat } from './state.ts'

/**
 * What `step` needs besides the state and the inputs: fixed for one account in one epoch, and the same at every peer.
 */
export interface Rules {
  /** 32 bytes: the network's, over which every signature is made. */
  readonly domain: Uint8Array
  /** Name of the network: a job signed for another one is refused. */
  readonly networkId: string
  /** Members, their owners and the beacon of the committee's epoch. */
  readonly registry: RegistryView
  /** Who decides the account's entries in this epoch. */
  readonly committee: Committee
}

/** An input that the log refused for good: no later entry takes it. */
export interface Rejection {
  /** Id of the refused input. */
  readonly id: string
  /** What its author is told. */
  readonly code: ErrorCode
}

/**
 * A state before it is finished. What is readonly is fixed when the draft is made; the rest is what the cases of `step`
 * write.
 */
export interface StateDraft {
  readonly rules: Rules
  /** The entry that is applied. */
  readonly entry: Entry
  readonly account: WalletKey
  /** Height of the entry. */
  readonly height: number
  /** Certified time of the entry, milliseconds since 1970. */
  readonly timeMs: number
  /**
   * Most micro-credits that the account may spend in its life; `undefined` if f or fewer witnesses know it from the
   * last 6 hours.
   */
  readonly funds: bigint | undefined
  /** The offers that the entry contains. */
  readonly offers: OfferTable
  /** Written by admit; as in the state before until then. So are `authorised` and, by judge, `totals`. */
  lastSeq: number
  authorised: bigint
  /** 0 until seal writes it. */
  sealedFor: number
  readonly totals: Map<WalletKey, bigint>
  /** Starts as the jobs of the state before; written by every case through {@link update} and by admit. */
  readonly jobs: Map<string, JobRecord>
  /**
   * Inputs that were looked at and refused for good: not part of the state, the same for every peer that takes the
   * step.
   */
  readonly rejected: Rejection[]
  /** Told of every placement that is tried, with the job's id: for explanations only, it changes nothing. */
  readonly onPlacement: ((job: string, request: PlacementRequest) => void) | undefined
}

/** The draft of the entry after `state`, before any case. `state` is not changed by it. */
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

/**
 * The state that the draft has become, without the closed jobs that a state no longer keeps. The draft is not used
 * after it.
 */
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

/** Puts a record with the parts in `patch` in the place of `job`, and returns it: `job` is outdated then. */
export function update(draft: StateDraft, job: JobRecord, patch: Partial<JobRecord>): JobRecord {
  const changed = { ...job, ...patch }
  draft.jobs.set(job.id, changed)
  return changed
}

/** {@link update} of one seat, the one that `peer` holds; no change where it holds none. */
export function updateSeat(draft: StateDraft, job: JobRecord, peer: PeerKey, patch: Partial<Seat>): JobRecord {
  return update(draft, job, { seats: job.seats.map((seat) => (seat.peer === peer ? { ...seat, ...patch } : seat)) })
}

/**
 * Takes `peer`'s seat. After a failure it gets no ticket of this job any more; where it was silent it gets none for
 * `limits.deferMs`; where it was busy for `limits.busyDeferMs`, doubled each time up to `limits.busyDeferMaxMs`, so
 * that one that is busy for ever costs ever fewer entries.
 */
export function removeSeat(
  draft: StateDraft,
  job: JobRecord,
  peer: PeerKey,
  why: 'failed' | 'silent' | 'busy',
): JobRecord {
  const seats = job.seats.filter((seat) => seat.peer !== peer)
  if (why !== 'failed') {
    return update(draft, job, { seats, deferred: deferredWith(job, { peer, why, nowMs: draft.timeMs }) })
  }
  const excluded = [...job.excluded.filter((other) => other !== peer), peer].slice(-limits.excludedPerJob)
  return update(draft, job, { seats, excluded })
}

function deferredWith(
  { deferred }: JobRecord,
  { peer, why, nowMs }: { peer: PeerKey; why: 'silent' | 'busy'; nowMs: number },
): JobRecord['deferred'] {
  const timesBefore = deferred.find(([other]) => other === peer)?.[2] ?? 0
  const timesBusy = why === 'busy' ? timesBefore + 1 : timesBefore
  const busyMs = Math.min(limits.busyDeferMs * 2 ** Math.min(timesBusy - 1, 20), limits.busyDeferMaxMs)
  const untilMs = nowMs + (why === 'busy' ? busyMs : limits.deferMs)
  const others = deferred.filter(([other]) => other !== peer)
  if (others.length >= limits.deferredPerJob) {
    const soonest = others.reduce((first, other) => (other[1] < first[1] ? other : first))
    others.splice(others.indexOf(soonest), 1)
  }
  return [...others, [peer, untilMs, timesBusy]]
}

/**
 * Closes a job with `outcome` and books its payments. Without any, nothing is charged. The record before is outdated
 * then.
 */
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

/** The records as they are now of the jobs that are not closed, in the order of admission. */
export function open(draft: StateDraft): JobRecord[] {
  return [...draft.jobs.values()].filter((job) => job.phase !== 'closed')
}

/**
 * The open job and the seat that a statement is about; `undefined` unless its signer holds that seat, not as a standby,
 * under the fence that it names (S6).
 */
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
