/**
 * Same view, same placement: every decision is taken again in the plainest way, from the offers in another order, and
 * must be the same.
 */
import { brokenRule, demandsOf, type PlacementRequest, Rule } from '#protocol/placement/eligible.ts'
import { buildOfferTable } from '#protocol/placement/offer-table.ts'
import { compareRanked, place, type Ranked, rankingOf, rankRow } from '#protocol/placement/place.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import type { CertifiedEntry } from '../world/certified-entry.ts'
import type { Checker } from './checker.ts'

export const samePlacement: Checker = {
  property: 'same-placement',
  *entry(certified) {
    for (const [job, input] of certified.placements) yield* decideAgain(certified, job, input)
  },
}

function* decideAgain({ after, height }: CertifiedEntry, job: string, input: PlacementRequest): Iterable<string> {
  const offers = buildOfferTable([...input.offers.offers].reverse())
  const decision = place({ ...input, offers })
  const wanted = plainly({ ...input, offers })
  for (const { score } of wanted.ranked) if (!Number.isSafeInteger(score)) yield 'a score is not an integer'
  if (decision.status !== 'placed') {
    if (wanted.best.length >= input.want) yield `a job was not placed at height ${height} although enough peers fit`
    return
  }
  const placed = [...decision.primaries, ...decision.standbys]
  if (placed.join() !== wanted.best.join()) yield `the placement at height ${height} depends on the order of the offers`
  const seats = after.jobs.get(job)?.seats.map((seat) => seat.peer) ?? []
  const closed = after.jobs.get(job)?.phase === 'closed'
  if (!closed && placed.some((peer) => !seats.includes(peer))) {
    yield `the tickets of height ${height} went to others than the best`
  }
}

/** All that fit, sorted, the best taken. */
function plainly(input: PlacementRequest): { ranked: Ranked[]; best: PeerKey[] } {
  const demands = demandsOf(input)
  const ranking = rankingOf(input)
  const rows = [...input.offers.offers.keys()].filter((row) => brokenRule(demands, row) === Rule.none)
  const ranked = rows.map((row) => rankRow(ranking, row)).sort(compareRanked)
  const peers = ranked.flatMap(({ row }) => input.offers.offers[row]?.peer ?? [])
  return { ranked, best: peers.slice(0, input.want + input.standbys) }
}
