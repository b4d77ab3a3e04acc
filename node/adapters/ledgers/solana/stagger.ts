/**
 * Who goes first at what any peer may do: an order drawn anew for each occasion, the same for everybody. Each waits
 * longer by its place in it, so that one does the work and the others find it done.
 */
import { sha256, toHex, utf8 } from '#protocol/wire/hash.ts'
import { decodeKey, type PeerKey } from '#protocol/wire/keys.ts'

/** Place of `self` in the order of `peers` for this `occasion`, from 0; behind all if it is none of them. */
export function staggerPosition(self: PeerKey, peers: readonly PeerKey[], occasion: string): number {
  const lot = (peer: PeerKey): string => toHex(sha256(utf8('weft/turn/1'), utf8(occasion), decodeKey(peer)))
  const own = lot(self)
  return peers.includes(self) ? peers.filter((peer) => lot(peer) < own).length : peers.length
}
