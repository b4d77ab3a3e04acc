/** Which offers a witness puts into an entry: the best for each job that wants replicas, in turns. */
import type { Offer } from '#protocol/membership/offer.ts'
import type { PlacementRequest } from '#protocol/placement/eligible.ts'
import type { OfferTable } from '#protocol/placement/offer-table.ts'
import { candidatesFor } from '#protocol/placement/place.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'

/** Jobs whose needs are looked at for one entry: a pass over 2,048 offers takes 0.1 ms. The others have later turns. */
const JOBS_MAX = 64

/** What an entry gets, and what is missing. */
export interface Picked {
  /** In the order in which they were picked, each once. */
  readonly peers: readonly PeerKey[]
  /** Requests for which fewer peers than wanted fit, full ones counted. */
  readonly unmet: readonly PlacementRequest[]
}

/**
 * At most `room` peers of `table`, over which the requests were made: in turns the best for each of the first 64
 * requests, then, if there is room, others that are alive at `nowMs`, so that it can be explained why they were not
 * taken. Deterministic.
 */
export function pickOffers(
  table: OfferTable,
  requests: readonly PlacementRequest[],
  { room, nowMs }: { room: number; nowMs: number },
): Picked {
  const unmet: PlacementRequest[] = []
  const lists = requests.slice(0, JOBS_MAX).map((request) => {
    const { rows, enough } = candidatesFor(request, room)
    if (!enough) unmet.push(request)
    return rows
  })
  const picked = new Set<number>()
  for (let rank = 0; rank < room; rank++) {
    for (const row of lists.flatMap((rows) => rows[rank] ?? [])) if (picked.size < room) picked.add(row)
  }
  if (picked.size < room) fillUp(picked, table, { room, nowMs })
  return { peers: [...picked].flatMap((row) => table.offers[row]?.peer ?? []), unmet }
}

function fillUp(picked: Set<number>, table: OfferTable, { room, nowMs }: { room: number; nowMs: number }): void {
  const alive = [...table.offers.keys()].filter((row) => !picked.has(row) && (table.expiresMs[row] ?? 0) > nowMs)
  const offerIn = (row: number): Offer | undefined => table.offers[row]
  const others = alive.sort((a, b) => compareFree(offerIn(a), offerIn(b)) || a - b)
  for (const row of others.slice(0, room - picked.size)) picked.add(row)
}

/** Those with a free slot first, of them the cheapest. */
function compareFree(a: Offer | undefined, b: Offer | undefined): number {
  if (a === undefined || b === undefined) return 0
  return (
    Math.min(1, b.load.freeSlots) - Math.min(1, a.load.freeSlots) ||
    Number(a.profile.pricePerSecond - b.profile.pricePerSecond) ||
    b.load.freeSlots - a.load.freeSlots
  )
}
