/**
 * Placement: filter, score, take the best. One pass over the offers that keeps only the few best rows; ties go to the
 * lower mixing hash of (seed, peer), so equally good peers share the work and nobody can predict or choose who gets it.
 */
import type { PeerKey } from '../wire/keys.ts'
import { brokenRule, type Demands, demandsOf, type PlacementRequest, Rule } from './eligible.ts'
import { foldBytes, mix, type Words } from './mix.ts'
import { type Scoring, scoreOf, scoringOf } from './score.ts'

/** A decision, for the tickets of one entry. */
export type Placement =
  /** Best first. Exactly as many primaries as wanted; standbys may be fewer. */
  | { readonly status: 'placed'; readonly primaries: readonly PeerKey[]; readonly standbys: readonly PeerKey[] }
  /** Enough peers fit, but too few have a free slot now. */
  | { readonly status: 'waiting' }
  /**
   * Fewer peers than wanted could ever fit with these offers; PRICE_TOO_LOW if price alone keeps enough of them out.
   */
  | { readonly status: 'unplaceable'; readonly code: 'NO_MATCHING_PEER' | 'PRICE_TOO_LOW' }

/** An eligible row with what it is ranked by; see {@link compareRanked}. */
export interface Ranked {
  readonly row: number
  /** See `score.ts`. */
  readonly score: number
  /** See `mix.ts`. */
  readonly tie: number
}

/** What one decision ranks with: made once per decision. */
export interface Ranking {
  readonly demands: Demands
  readonly scoring: Scoring
  readonly seed: Words
}

/** Decides where the job runs. Pure; independent of the order of the offers; about 50 ns per offer. */
export function place(request: PlacementRequest): Placement {
  const ranking = rankingOf(request)
  const { demands, scoring } = ranking
  const best: Ranked[] = []
  const room = request.want + request.standbys
  const found = { free: 0, full: 0, overpriced: 0 }
  const rows = request.offers.offers.length
  for (let row = 0; row < rows; row++) {
    const rule = brokenRule(demands, row)
    if (rule === Rule.none) {
      found.free++
      const score = scoreOf(scoring, row)
      if (score <= (best[room - 1]?.score ?? score)) keepBest(best, room, { row, score, tie: tieOf(ranking, row) })
    } else if (rule === Rule.freeSlot) found.full++
    else if (rule === Rule.price) found.overpriced++
  }
  if (found.free >= request.want) return placed(request, best)
  if (found.free + found.full >= request.want) return { status: 'waiting' }
  const priced = found.free + found.full + found.overpriced >= request.want
  return { status: 'unplaceable', code: priced ? 'PRICE_TOO_LOW' : 'NO_MATCHING_PEER' }
}

/** The {@link Ranking} of one decision. Linear in the offers once per set of offers, then a few microseconds. */
export function rankingOf(request: PlacementRequest): Ranking {
  const demands = demandsOf(request)
  return { demands, scoring: scoringOf(demands, request.job.policy), seed: foldBytes(request.seed) }
}

/** Score and tie-break of a row, which must be eligible. */
export function rankRow(ranking: Ranking, row: number): Ranked {
  return { row, score: scoreOf(ranking.scoring, row), tie: tieOf(ranking, row) }
}

function tieOf({ demands: { table }, seed }: Ranking, row: number): number {
  return mix(seed, table.mixA[row] ?? 0, table.mixB[row] ?? 0)
}

/**
 * The total order of a decision: score, then tie-break, then peer key (rows are ordered by it). Negative: `a` is
 * better.
 */
export function compareRanked(a: Ranked, b: Ranked): number {
  if (a.score !== b.score) return a.score - b.score
  if (a.tie !== b.tie) return a.tie < b.tie ? -1 : 1
  return a.row - b.row
}

/** At most `room` rows for one job, best first, and whether they are enough. */
export interface Candidates {
  /** Those that may run it now, then those that are full, then those that are too dear; each in the order of ranks. */
  readonly rows: readonly number[]
  /** False if fewer peers than wanted fit, full ones counted and those that are too dear not. */
  readonly enough: boolean
}

/** The rows that an entry needs so that `place` decides as it would over the whole table, as far as there is room. */
export function candidatesFor(request: PlacementRequest, room: number): Candidates {
  const ranking = rankingOf(request)
  const lists = { free: [] as Ranked[], full: [] as Ranked[], dear: [] as Ranked[] }
  let fitting = 0
  for (let row = 0; row < request.offers.offers.length; row++) {
    const rule = brokenRule(ranking.demands, row)
    const list = rule === Rule.none ? lists.free : rule === Rule.freeSlot ? lists.full : lists.dear
    if (rule !== Rule.none && rule !== Rule.freeSlot && rule !== Rule.price) continue
    if (rule !== Rule.price) fitting++
    keepBest(list, room, rankRow(ranking, row))
  }
  const best = [...lists.free, ...lists.full, ...lists.dear].slice(0, room)
  return { rows: best.map(({ row }) => row), enough: fitting >= request.want }
}

/** Inserts into a short list that is kept in order and never longer than `room`. */
function keepBest(best: Ranked[], room: number, candidate: Ranked): void {
  const last = best[room - 1]
  if (room < 1 || (last !== undefined && compareRanked(candidate, last) >= 0)) return
  let at = Math.min(best.length, room - 1)
  for (; at > 0; at--) {
    const above = best[at - 1]
    if (above === undefined || compareRanked(above, candidate) <= 0) break
    best[at] = above
  }
  best[at] = candidate
}

function placed({ offers, want, standbys }: PlacementRequest, best: readonly Ranked[]): Placement {
  const peers = best.flatMap(({ row }) => offers.offers[row]?.peer ?? [])
  return { status: 'placed', primaries: peers.slice(0, want), standbys: peers.slice(want, want + standbys) }
}
