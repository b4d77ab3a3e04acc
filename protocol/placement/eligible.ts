/**
 * Which peers may run a job. The job's demands are compiled into numbers once per decision; then each offer passes or
 * fails by the first rule that it breaks. `place` needs only the pass, `explain` turns the same answer into a reason,
 * so the two cannot disagree.
 */
import { pricePerSecondMax, replicaCap } from '../credits/price.ts'
import { type JobSpec, ownerOf } from '../job/spec.ts'
import { limits } from '../limits.ts'
import type { RegistryView } from '../membership/registry.ts'
import type { PeerKey } from '../wire/keys.ts'
import type { OfferTable } from './offer-table.ts'
import { speedMinFor } from './predict.ts'

/** What one placement decision is made from. The same values give the same decision on every machine. */
export interface PlacementRequest {
  readonly job: JobSpec
  /** The offers of one entry. */
  readonly offers: OfferTable
  /** Replicas must be members; members owned by the job's account are not eligible unless every member is. */
  readonly registry: RegistryView
  /** Peers that get no ticket now: they have a seat in this job, failed it, or are deferred. */
  readonly excluded: ReadonlySet<PeerKey>
  /** Slots of each peer that this account's other open jobs already hold. */
  readonly claims: ReadonlyMap<PeerKey, number>
  /** 32 bytes, from the beacon, the account and the sequence number: breaks ties. */
  readonly seed: Uint8Array
  /** Certified time, milliseconds since 1970. */
  readonly nowMs: number
  /** Primaries wanted. */
  readonly want: number
  /** Standbys wanted. */
  readonly standbys: number
}

/**
 * What makes a row not eligible, in the order in which it is tried; `none` if nothing does. The last two are last so
 * that they mean "fits, but for this".
 */
export const Rule = {
  none: 0,
  member: 1,
  own: 2,
  excluded: 3,
  expired: 4,
  lifetime: 5,
  engine: 6,
  memory: 7,
  gpuMemory: 8,
  model: 9,
  region: 10,
  deadline: 11,
  capacity: 12,
  price: 13,
  freeSlot: 14,
} as const
/** One of {@link Rule}'s numbers. */
export type Rule = (typeof Rule)[keyof typeof Rule]

/** A job's requirements as numbers and columns of one offer table: made once per decision, read once per row. */
export interface Demands {
  readonly table: OfferTable
  /** Number of each row's owner; −1: not a member. */
  readonly owner: Int32Array
  /** The number of the job's own wallet among the owners, or −2 if its peers are eligible. */
  readonly ownNumber: number
  /** 1 for each excluded row; empty if none is. */
  readonly excluded: Uint8Array
  /** Slots of each row that the account holds; empty if none. */
  readonly claimed: Int32Array
  /** 1 for each row with the job's engine. */
  readonly engine: Uint8Array
  /** A column for each model that the peer must have. */
  readonly models: readonly Uint8Array[]
  /** A column for each region of which the peer must be in one; empty: any. */
  readonly regions: readonly Uint8Array[]
  /** Bytes. */
  readonly memory: number
  /** Bytes. */
  readonly gpuMemory: number
  /** Limit of one replica's run time, milliseconds on the reference machine. */
  readonly timeMs: number
  /** Certified time. */
  readonly nowMs: number
  /** Milliseconds to the deadline. */
  readonly remainingMs: number
  /** Lowest speed at which the run's time limit fits into the remaining time. */
  readonly speedMin: number
  /** Highest price per second that the job's cap allows, at most 2^53 − 1; see `pricePerSecondMax`. */
  readonly priceMax: number
}

/**
 * Compiles a job's requirements for the table of the request. Microseconds once the table knows the names that it asks
 * for.
 */
export function demandsOf(request: PlacementRequest): Demands {
  const { job, offers: table, registry, nowMs } = request
  const { owner, numberOf } = table.ownersIn(registry)
  const onlyOwn = numberOf.size === 1 && numberOf.has(ownerOf(job))
  const { requirements } = job
  const remainingMs = job.deadlineMs - nowMs
  const priceMax = pricePerSecondMax({ cap: replicaCap(job), timeMs: requirements.timeMs })
  return {
    table,
    owner,
    ownNumber: onlyOwn ? -2 : (numberOf.get(ownerOf(job)) ?? -2),
    excluded: excludedRows(request),
    claimed: claimedSlots(request),
    engine: table.having('engine', job.engine.type),
    models: requirements.models.map((name) => table.having('model', name)),
    regions: requirements.regions.map((name) => table.having('region', name)),
    memory: requirements.memoryBytes,
    gpuMemory: requirements.gpuMemoryBytes,
    timeMs: requirements.timeMs,
    nowMs,
    remainingMs,
    speedMin: speedMinFor(requirements.timeMs, remainingMs),
    priceMax: priceMax > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(priceMax),
  }
}

/** The first rule that the offer in `row` breaks; {@link Rule.none} if its peer may run the job now. */
export function brokenRule(demands: Demands, row: number): Rule {
  const { table } = demands
  const owner = demands.owner[row] ?? -1
  if (owner === -1) return Rule.member
  if (owner === demands.ownNumber) return Rule.own
  if (demands.excluded[row] === 1) return Rule.excluded
  if ((table.expiresMs[row] ?? 0) <= demands.nowMs) return Rule.expired
  if ((table.lastsMs[row] ?? 0) > lastsMsMax(demands.nowMs)) return Rule.lifetime
  if (demands.engine[row] !== 1) return Rule.engine
  if ((table.memory[row] ?? 0) < demands.memory) return Rule.memory
  if ((table.gpuMemory[row] ?? 0) < demands.gpuMemory) return Rule.gpuMemory
  if (demands.models.length > 0 && !demands.models.every((column) => column[row] === 1)) return Rule.model
  if (demands.regions.length > 0 && !demands.regions.some((column) => column[row] === 1)) return Rule.region
  if ((table.speedMilli[row] ?? 1) < demands.speedMin) return Rule.deadline
  if ((table.slots[row] ?? 0) < 1) return Rule.capacity
  if ((table.price[row] ?? 0) > demands.priceMax) return Rule.price
  return freeSlots(demands, row) < 1 ? Rule.freeSlot : Rule.none
}

/**
 * The latest end that a profile or a load may name at `nowMs`, certified time where placement asks: the life of an
 * offer that was signed just now by the fastest clock that is survived. So every signed offer counts for a few minutes
 * at most, whatever it says, and nobody needs to trust its author's clock.
 */
export function lastsMsMax(nowMs: number): number {
  return nowMs + limits.offerTtlMs + limits.clockSkewMs
}

/**
 * Slots that the row has for this account now: what it advertises, and never more than its slots less those that the
 * account already holds there. A load that is fresh counts those slots already, an old one does not; the smaller number
 * serves both.
 */
export function freeSlots(demands: Demands, row: number): number {
  const { table } = demands
  const unclaimed = (table.slots[row] ?? 0) - (demands.claimed[row] ?? 0)
  return Math.max(0, Math.min(table.freeSlots[row] ?? 0, unclaimed))
}

function excludedRows({ offers, excluded }: PlacementRequest): Uint8Array {
  const rows = new Uint8Array(excluded.size === 0 ? 0 : offers.offers.length)
  for (const peer of excluded) {
    const row = offers.rowOf.get(peer)
    if (row !== undefined) rows[row] = 1
  }
  return rows
}

function claimedSlots({ offers, claims }: PlacementRequest): Int32Array {
  const rows = new Int32Array(claims.size === 0 ? 0 : offers.offers.length)
  for (const [peer, slots] of claims) {
    const row = offers.rowOf.get(peer)
    if (row !== undefined) rows[row] = slots
  }
  return rows
}
