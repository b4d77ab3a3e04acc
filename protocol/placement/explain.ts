/**
 * Why each peer was or was not taken: what `weft job why` prints. Computed only when asked, from the same rules and the
 * same ranking as `place`.
 */
import { replicaCap } from '../credits/price.ts'
import type { Offer } from '../membership/offer.ts'
import type { PeerKey } from '../wire/keys.ts'
import { brokenRule, type Demands, lastsMsMax, type PlacementRequest, Rule } from './eligible.ts'
import { compareRanked, rankingOf, rankRow } from './place.ts'
import { countedSpeed, runMsAt } from './predict.ts'

/**
 * Why a peer is not eligible: a stable code, what was needed and what was offered (bytes, milliseconds, times since
 * 1970).
 */
export type Reason =
  | { readonly code: 'NOT_A_MEMBER' | 'OWN_PEER' | 'EXCLUDED' | 'NO_OFFER' }
  | { readonly code: 'OFFER_EXPIRED'; readonly expiredMs: number; readonly nowMs: number }
  /** The profile or the load would live until `expiresMs`; `latestMs` was the latest that it may say. */
  | { readonly code: 'OFFER_TOO_LONG'; readonly expiresMs: number; readonly latestMs: number }
  | { readonly code: 'ENGINE_MISSING'; readonly needed: string; readonly offered: readonly string[] }
  | { readonly code: 'MEMORY_SHORT' | 'GPU_MEMORY_SHORT'; readonly neededBytes: number; readonly offeredBytes: number }
  | { readonly code: 'MODEL_MISSING'; readonly needed: readonly string[]; readonly offered: readonly string[] }
  | { readonly code: 'REGION_OTHER'; readonly needed: readonly string[]; readonly offered: string }
  | { readonly code: 'TOO_SLOW'; readonly neededMs: number; readonly offeredMs: number }
  /** Worst case of one replica at this peer's price against the most that one may cost, micro-credits. */
  | { readonly code: 'PRICE_HIGH'; readonly cap: bigint; readonly worstCase: bigint }
  /** `slots` that the peer has in all, `claimed` of them held by this account; `free` as it advertises. */
  | { readonly code: 'NO_FREE_SLOT'; readonly slots: number; readonly free: number; readonly claimed: number }

/** What became of one peer in a decision: a rank, or a reason. */
export interface PeerExplanation {
  readonly peer: PeerKey
  /** True if it may run the job now. */
  readonly eligible: boolean
  /** Present exactly if not eligible. */
  readonly reason?: Reason
  /** Points, lower is better, see `score.ts`; present exactly if eligible. */
  readonly score?: number
  /** 1 is the first primary; present exactly if eligible. */
  readonly rank?: number
}

/**
 * One line per offer and per member without an offer: the eligible in rank order, then the others by peer key. The
 * first lines are the primaries and standbys that `place` chooses for the same request.
 */
export function explain(request: PlacementRequest): readonly PeerExplanation[] {
  const ranking = rankingOf(request)
  const { demands } = ranking
  const ranked = []
  const others: PeerExplanation[] = []
  for (const [row, offer] of request.offers.offers.entries()) {
    const rule = brokenRule(demands, row)
    if (rule === Rule.none) ranked.push(rankRow(ranking, row))
    else others.push({ peer: offer.peer, eligible: false, reason: reasonFor(request, { demands, offer, rule }) })
  }
  for (const { peer } of request.registry.members) {
    if (!request.offers.rowOf.has(peer)) others.push({ peer, eligible: false, reason: { code: 'NO_OFFER' } })
  }
  ranked.sort(compareRanked)
  others.sort((a, b) => (a.peer < b.peer ? -1 : 1))
  const eligible = ranked.map(({ row, score }, i) => ({
    peer: peerAt(request, row),
    eligible: true,
    score,
    rank: i + 1,
  }))
  return [...eligible, ...others]
}

function peerAt({ offers }: PlacementRequest, row: number): PeerKey {
  const peer = offers.offers[row]?.peer
  if (peer === undefined) throw new RangeError(`no offer in row ${row}`)
  return peer
}

interface Breach {
  readonly demands: Demands
  readonly offer: Offer
  readonly rule: Exclude<Rule, typeof Rule.none>
}

function reasonFor({ job, claims, nowMs }: PlacementRequest, { demands, offer, rule }: Breach): Reason {
  const { profile, load, peer } = offer
  const { requirements } = job
  const { timeMs } = requirements
  const speedMilli = countedSpeed(profile.speedMilli)
  switch (rule) {
    case Rule.member:
      return { code: 'NOT_A_MEMBER' }
    case Rule.own:
      return { code: 'OWN_PEER' }
    case Rule.excluded:
      return { code: 'EXCLUDED' }
    case Rule.expired:
      return { code: 'OFFER_EXPIRED', expiredMs: Math.min(profile.expiresMs, load.expiresMs), nowMs }
    case Rule.lifetime: {
      const expiresMs = Math.max(profile.expiresMs, load.expiresMs)
      return { code: 'OFFER_TOO_LONG', expiresMs, latestMs: lastsMsMax(nowMs) }
    }
    case Rule.engine:
      return { code: 'ENGINE_MISSING', needed: job.engine.type, offered: profile.engines }
    case Rule.memory:
      return { code: 'MEMORY_SHORT', neededBytes: requirements.memoryBytes, offeredBytes: profile.memoryBytes }
    case Rule.gpuMemory:
      return {
        code: 'GPU_MEMORY_SHORT',
        neededBytes: requirements.gpuMemoryBytes,
        offeredBytes: profile.gpuMemoryBytes,
      }
    case Rule.model:
      return { code: 'MODEL_MISSING', needed: requirements.models, offered: profile.models }
    case Rule.region:
      return { code: 'REGION_OTHER', needed: requirements.regions, offered: profile.region }
    case Rule.deadline:
      return { code: 'TOO_SLOW', neededMs: demands.remainingMs, offeredMs: runMsAt(timeMs, speedMilli) }
    case Rule.price:
      return { code: 'PRICE_HIGH', cap: replicaCap(job), worstCase: worstCase(profile.pricePerSecond, timeMs) }
    case Rule.capacity:
    case Rule.freeSlot:
      return {
        code: 'NO_FREE_SLOT',
        slots: profile.slots,
        free: load.freeSlots,
        claimed: claims.get(peer) ?? 0,
      }
    default:
      return rule satisfies never
  }
}

/** ceil(price × ms / 1000). */
function worstCase(pricePerSecond: bigint, timeMs: number): bigint {
  return (pricePerSecond * BigInt(timeMs) + 999n) / 1_000n
}
