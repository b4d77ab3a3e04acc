/**
 * Clusters of replies that are all alike. Similarity within a tolerance is not transitive, so a cluster is a clique:
 * every pair in it is similar, and no chain of small steps can carry a result away. Replies are few (9, at most 16), so
 * the largest clique is found exactly, by trying the sets as bit masks; no leader, and no influence of the order in
 * which replies came.
 */
import { limits } from '../limits.ts'

/**
 * Splits positions 0 … count − 1 into cliques: the largest one, then the largest of the rest, and so on. Among cliques
 * of one size the one that holds the earlier positions counts. `count` is at most `limits.seatsPerJob`; throws
 * RangeError otherwise.
 */
export function cliques(count: number, similar: (i: number, j: number) => boolean): number[][] {
  if (count > limits.seatsPerJob) throw new RangeError(`${count} replies are more than a job can have`)
  const neighbours = neighbourMasks(count, similar)
  const groups: number[][] = []
  for (let rest = (1 << count) - 1; rest !== 0; ) {
    const clique = largest(rest, neighbours)
    groups.push(positions(clique))
    rest &= ~clique
  }
  return groups
}

function neighbourMasks(count: number, similar: (i: number, j: number) => boolean): number[] {
  const masks = Array.from({ length: count }, (_, i) => 1 << i)
  for (let i = 0; i < count; i++) {
    for (let j = i + 1; j < count; j++) {
      if (!similar(i, j)) continue
      masks[i] = (masks[i] ?? 0) | (1 << j)
      masks[j] = (masks[j] ?? 0) | (1 << i)
    }
  }
  return masks
}

/**
 * The largest clique within `candidates`. Takes the earliest position first and then tries without it, so of two
 * cliques of one size the earlier is kept; at most 2^16 calls.
 */
function largest(candidates: number, neighbours: readonly number[]): number {
  if (candidates === 0) return 0
  const first = candidates & -candidates
  const adjacent = (neighbours[31 - Math.clz32(first)] ?? 0) & candidates
  const taken = first | largest(adjacent & ~first, neighbours)
  if (adjacent === candidates) return taken
  const left = largest(candidates & ~first, neighbours)
  return bits(left) > bits(taken) ? left : taken
}

function positions(mask: number): number[] {
  const found: number[] = []
  for (let rest = mask; rest !== 0; rest &= rest - 1) found.push(31 - Math.clz32(rest & -rest))
  return found
}

function bits(mask: number): number {
  let count = 0
  for (let rest = mask; rest !== 0; rest &= rest - 1) count++
  return count
}
