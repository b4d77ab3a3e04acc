/**
 * Whose turn it is to do what anybody may do: the first is drawn by lot each time, the others wait a little longer
 * each.
 */
import { sha256, toHex, utf8 } from '#protocol/wire/hash.ts'
import { decodeKey, type PeerKey } from '#protocol/wire/keys.ts'

/** Place of `self` in the draw over `peers` for this `occasion`, from 0; behind all if it is none of them. */
export function turnOf(self: PeerKey, peers: readonly PeerKey[], occasion: string): number {
  const lot = (peer: PeerKey): string => toHex(sha256(utf8('weft/turn/1'), utf8(occasion), decodeKey(peer)))
  const own = lot(self)
  return peers.includes(self) ? peers.filter((peer) => lot(peer) < own).length : peers.length
}
