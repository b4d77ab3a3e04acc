/** What a comparator sees: the revealed results of one job's replicas, and how alike two of them are. */
import { limits } from '../limits.ts'
import type { PeerKey } from '../wire/keys.ts'

/** A revealed result as a comparator sees it. The caller has checked its commitment, digest and signature. */
export interface Reply {
  /** The replica's. */
  readonly peer: PeerKey
  /** Lower-case hex SHA-256 of the canonical output. */
  readonly digest: string
  /**
   * The bytes behind the digest, for the numeric and the semantic comparator. Without them, or when they are more than
   * `limits.comparableOutputBytes`, the reply is compared by its digest.
   */
  readonly output?: Uint8Array
}

/** Compares the replies at two positions of one list. Symmetric; a reply is similar to itself, at distance 0. */
export interface Similarity {
  /** Whether the two count as one result. Not transitive. */
  similar(i: number, j: number): boolean
  /** How far apart two *similar* replies are, in the comparator's own unit; only sums of one job are compared. */
  distance(i: number, j: number): bigint
}

/** The outputs that are compared by content, each once: by digest. */
export function comparableByDigest(replies: readonly Reply[]): Map<string, Uint8Array> {
  const outputs = new Map<string, Uint8Array>()
  for (const reply of replies) {
    const output = comparable(reply)
    if (output !== undefined) outputs.set(reply.digest, output)
  }
  return outputs
}

/** The bytes of a reply that can be compared by content, or `undefined`: then by its digest. */
export function comparable(reply: Reply): Uint8Array | undefined {
  const { output } = reply
  return output !== undefined && output.length <= limits.comparableOutputBytes ? output : undefined
}
