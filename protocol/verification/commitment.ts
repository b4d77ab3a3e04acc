/**
 * Commitments: a replica publishes the hash of its result before anybody reveals one, so that a result cannot be copied
 * (as in opentensor/subtensor, issue 1957). The hash is bound to the job, the fence and the peer: another peer's
 * commitment is worth nothing.
 */
import { encode } from '../wire/canonical.ts'
import { sha256, toHex, utf8 } from '../wire/hash.ts'
import type { PeerKey } from '../wire/keys.ts'

/**
 * Lower-case hex of sha256("weft/commitment/1" ‖ 0x00 ‖ canonical [jobId, fence, peer, outputDigest, nonce]).
 * `outputDigest` is the lower-case hex SHA-256 of the canonical output; `nonce` hides outputs that can be guessed: 32
 * unpredictable bytes.
 */
export function commitmentHash(args: {
  readonly jobId: string
  readonly fence: number
  readonly peer: PeerKey
  readonly outputDigest: string
  readonly nonce: Uint8Array
}): string {
  const { jobId, fence, peer, outputDigest, nonce } = args
  return toHex(sha256(utf8('weft/commitment/1\0'), encode([jobId, fence, peer, outputDigest, nonce])))
}
