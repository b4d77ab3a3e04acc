/**
 * The verdict: compare the replicas' results, cluster those that are alike, and let a cluster win only if it is more
 * than half of the replicas that were *wanted*, so that silence can never make a minority win.
 */
import type { Comparator } from '../job/spec.ts'
import { sha256, toHex, utf8 } from '../wire/hash.ts'
import type { PeerKey } from '../wire/keys.ts'
import { cliques } from './cluster.ts'
import { confidencePpm } from './confidence.ts'
import { exactSimilarity } from './exact.ts'
import { numericSimilarity } from './numeric.ts'
import type { Reply, Similarity } from './reply.ts'
import { semanticSimilarity } from './semantic.ts'

/** What comparing gives. Lists of peers are in the verdict's seeded order: by sha256(seed ‖ peer). */
export type Verdict =
  | {
      readonly status: 'agreed'
      /** The replicas in the largest cluster. */
      readonly winners: readonly PeerKey[]
      /** All other replicas that replied. */
      readonly outvoted: readonly PeerKey[]
      /** The winner whose output is the merged result: the one with the least sum of distances to the other winners. */
      readonly representative: PeerKey
      /** How many won. */
      readonly agreed: number
      /** Replicas wanted, or replies if there are more of them. */
      readonly of: number
      /** See `confidence.ts`. */
      readonly confidencePpm: number
    }
  /** The clusters, the largest first; `of` as above. */
  | { readonly status: 'no-majority'; readonly clusters: readonly (readonly PeerKey[])[]; readonly of: number }

/**
 * Judges revealed results. The same for every order of `replies`; a cluster wins only with more than half of `of`. Of
 * several replies of one peer the one with the lowest digest counts. `seed` is the job's placement seed: it breaks
 * ties, and nobody could choose it. Cost: one pass over each output, one comparison per pair.
 */
export function judge(args: {
  readonly comparator: Comparator
  readonly replicas: number
  readonly replies: readonly Reply[]
  readonly seed: Uint8Array
}): Verdict {
  const replies = inSeededOrder(args.replies, args.seed)
  const similarity = similarityOf(replies, args.comparator)
  const of = Math.max(args.replicas, replies.length)
  const clusters = cliques(replies.length, similarity.similar)
  const peersOf = (cluster: readonly number[]): PeerKey[] => cluster.flatMap((i) => replies[i]?.peer ?? [])
  const winners = clusters[0] ?? []
  const representative = replies[medoid(winners, similarity)]?.peer
  if (representative === undefined || winners.length * 2 <= of) {
    return { status: 'no-majority', clusters: clusters.map(peersOf), of }
  }
  const outvoted = replies.map((_, i) => i).filter((i) => !winners.includes(i))
  return {
    status: 'agreed',
    winners: peersOf(winners),
    outvoted: peersOf(outvoted),
    representative,
    agreed: winners.length,
    of,
    confidencePpm: confidencePpm(winners.length, outvoted.length),
  }
}

function similarityOf(replies: readonly Reply[], comparator: Comparator): Similarity {
  switch (comparator.type) {
    case 'exact':
      return exactSimilarity(replies)
    case 'numeric':
      return numericSimilarity(replies, comparator)
    case 'semantic':
      return semanticSimilarity(replies, comparator)
    default:
      return comparator satisfies never
  }
}

/** One reply per peer, ordered by sha256(seed ‖ peer). */
function inSeededOrder(replies: readonly Reply[], seed: Uint8Array): Reply[] {
  const keyed = new Map<string, Reply>()
  for (const reply of replies) {
    const place = toHex(sha256(seed, utf8(reply.peer)))
    const held = keyed.get(place)
    if (held === undefined || reply.digest < held.digest) keyed.set(place, reply)
  }
  return [...keyed].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, reply]) => reply)
}

/** The position with the least sum of distances to the others; the first such; −1 for an empty cluster. */
function medoid(cluster: readonly number[], { distance }: Similarity): number {
  let best = -1
  let least = 0n
  for (const i of cluster) {
    const sum = cluster.reduce((total, j) => total + distance(i, j), 0n)
    if (best >= 0 && sum >= least) continue
    best = i
    least = sum
  }
  return best
}
