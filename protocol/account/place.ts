/**
 * Place: gives tickets to the best peers for every job that lacks replicas. Standbys are used first; then the offers in
 * this entry are ranked. A job that no peer can run, or that used up its attempts, fails unless the replicas that it
 * has may still end it.
 */
import { limits } from '../limits.ts'
import type { PlacementRequest } from '../placement/eligible.ts'
import type { OfferTable } from '../placement/offer-table.ts'
import { place as choose, type Placement } from '../placement/place.ts'
import { sha256, utf8 } from '../wire/hash.ts'
import { decodeKey, type PeerKey } from '../wire/keys.ts'
import { close, open, type Rules, type StateDraft, update } from './draft.ts'
import type { AccountState, JobRecord, Seat } from './state.ts'

/**
 * Fills the seats that open jobs lack, in the order of admission; a job that is revealing needs none. Closes a job as
 * failed with NO_MATCHING_PEER or PRICE_TOO_LOW when for `limits.unplaceableGraceMs` nobody could run it, with
 * ATTEMPTS_EXHAUSTED when it had its attempts and a majority can no longer come.
 */
export function place(draft: StateDraft): void {
  for (const job of open(draft)) {
    if (job.phase === 'revealing' || lacking(job) === 0) continue
    placeOne(draft, activateStandbys(draft, job))
  }
}

/** Tickets that `job` still lacks: replicas wanted less the seats that are not standby. 0 or more. */
export function lacking(job: Pick<JobRecord, 'spec' | 'seats'>): number {
  const active = job.seats.filter((seat) => seat.role !== 'standby').length
  return Math.max(0, job.spec.replicas - active)
}

/** What placing needs of a job's record. */
export type ToPlace = Pick<JobRecord, 'spec' | 'seats' | 'excluded' | 'deferred'>

/**
 * True while `job` remembers as many peers as it can that were busy or silent and whose time has not come: it waits for
 * the first of them, and asks nobody else.
 */
export function isDeferredByAll({ deferred }: Pick<JobRecord, 'deferred'>, timeMs: number): boolean {
  return deferred.filter(([, untilMs]) => untilMs > timeMs).length >= limits.deferredPerJob
}

/**
 * What placing `job` now depends on: seats' holders, excluded and deferred peers get nothing, other jobs' seats take
 * slots, standbys are wanted only with the first tickets.
 */
export function placementRequest(
  job: ToPlace,
  context: { state: Pick<AccountState, 'jobs'>; rules: Rules; offers: OfferTable; timeMs: number },
): PlacementRequest {
  const { state, rules, offers, timeMs } = context
  const deferred = job.deferred.filter(([, until]) => until > timeMs).map(([peer]) => peer)
  return {
    job: job.spec,
    offers,
    registry: rules.registry,
    excluded: new Set([...job.excluded, ...deferred, ...job.seats.map((seat) => seat.peer)]),
    claims: claims(state),
    seed: placementSeed(rules.registry.beacon, job),
    nowMs: timeMs,
    want: lacking(job),
    standbys: job.seats.length === 0 ? limits.standbysPerJob : 0,
  }
}

/**
 * 32 bytes: sha256("weft/place/1" ‖ beacon ‖ account ‖ sequence number in decimal). Nobody can choose it: the beacon
 * was fixed before the job was signed, and numbers go up one by one.
 */
export function placementSeed(beacon: Uint8Array, job: Pick<JobRecord, 'spec'>): Uint8Array {
  return sha256(utf8('weft/place/1'), beacon, decodeKey(job.spec.account), utf8(String(job.spec.seq)))
}

/** Slots that the account's open jobs hold, by peer. */
function claims(state: Pick<AccountState, 'jobs'>): Map<PeerKey, number> {
  const held = new Map<PeerKey, number>()
  for (const job of state.jobs.values()) {
    if (job.phase === 'closed') continue
    for (const seat of job.seats) {
      if (seat.role === 'offered' || seat.role === 'running') held.set(seat.peer, (held.get(seat.peer) ?? 0) + 1)
    }
  }
  return held
}

function activateStandbys(draft: StateDraft, job: JobRecord): JobRecord {
  const before = lacking(job)
  let missing = before
  if (missing === 0 || !job.seats.some((seat) => seat.role === 'standby')) return job
  const seats = job.seats.map((seat): Seat => {
    if (seat.role !== 'standby' || missing === 0) return seat
    missing--
    return { ...seat, role: 'offered', fence: draft.height, sinceMs: draft.timeMs }
  })
  const busyTickets = Math.max(0, job.busyTickets - (before - missing))
  return update(draft, job, { seats, placedHeight: draft.height, busyTickets })
}

function placeOne(draft: StateDraft, job: JobRecord): void {
  if (lacking(job) === 0) return
  if (job.attempts >= limits.attemptsPerJob) {
    giveUp(draft, job)
    return
  }
  if (isDeferredByAll(job, draft.timeMs)) return
  const context = { state: draft, rules: draft.rules, offers: draft.offers, timeMs: draft.timeMs }
  const request = placementRequest(job, context)
  draft.onPlacement?.(job.id, request)
  const decision = choose(request)
  if (decision.status === 'placed') issueTickets(draft, job, decision)
  else onUnplaced(draft, job, decision)
}

function issueTickets(draft: StateDraft, job: JobRecord, decision: Extract<Placement, { status: 'placed' }>): void {
  const primaries = decision.primaries.map((peer) => seatFor(draft, peer, 'offered'))
  const standbys = decision.standbys.map((peer) => seatFor(draft, peer, 'standby'))
  update(draft, job, {
    phase: job.phase === 'queued' ? 'placed' : job.phase,
    placedHeight: draft.height,
    attempts: job.attempts + (primaries.length > job.busyTickets ? 1 : 0),
    busyTickets: Math.max(0, job.busyTickets - primaries.length),
    unfitMs: 0,
    seats: [...job.seats, ...primaries, ...standbys],
  })
}

function seatFor(draft: StateDraft, peer: PeerKey, role: 'offered' | 'standby'): Seat {
  const row = draft.offers.rowOf.get(peer)
  const offer = row === undefined ? undefined : draft.offers.offers[row]
  const fence = role === 'offered' ? draft.height : 0
  return {
    peer,
    role,
    fence,
    sinceMs: draft.timeMs,
    rate: offer?.profile.pricePerSecond ?? 0n,
    commitment: '',
    result: null,
  }
}

/** No attempt is left: nobody joins any more, so the replicas that are there must be enough for a majority. */
function giveUp(draft: StateDraft, job: JobRecord): void {
  const active = job.seats.filter((seat) => seat.role !== 'standby').length
  if (2 * active <= job.spec.replicas) close(draft, job, { state: 'failed', code: 'ATTEMPTS_EXHAUSTED' })
}

/**
 * Nobody fits now. Peers that only refused may fit again, others may come, replicas that run may end the job: it fails
 * once none of this is so for a short time. The time counts from the entry that first saw it, for right after a restart
 * the witnesses know of no offers.
 */
function onUnplaced(draft: StateDraft, job: JobRecord, decision: Exclude<Placement, { status: 'placed' }>): void {
  const working = job.seats.some((seat) => seat.role === 'offered' || seat.role === 'running')
  const deferred = job.deferred.some(([, until]) => until > draft.timeMs)
  if (decision.status === 'waiting' || working || deferred || canJudge(job)) {
    if (job.unfitMs !== 0) update(draft, job, { unfitMs: 0 })
    return
  }
  if (job.unfitMs === 0) update(draft, job, { unfitMs: draft.timeMs })
  else if (draft.timeMs >= job.unfitMs + limits.unplaceableGraceMs)
    close(draft, job, { state: 'failed', code: job.excluded.length > 0 ? 'ATTEMPTS_EXHAUSTED' : decision.code })
}

/**
 * Certified time from which on a majority may be judged without a replacement for the others:
 * `limits.shorthandedGraceMs` after a seat last changed, time enough to find one. The job has a seat.
 */
export function shorthandedMs(job: JobRecord): number {
  return Math.max(...job.seats.map((seat) => seat.sinceMs)) + limits.shorthandedGraceMs
}

/** True if the replicas that committed are a majority of those wanted: the job can be judged without a replacement. */
export function canJudge(job: JobRecord): boolean {
  return 2 * job.seats.filter((seat) => seat.role === 'committed').length > job.spec.replicas
}
