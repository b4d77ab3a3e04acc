/** One Ed25519 key, two spellings: base58 of 32 bytes for the protocol, PeerId for libp2p. */
import { publicKeyFromRaw } from '@libp2p/crypto/keys'
import type { PeerId } from '@libp2p/interface'
import { peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id'
import type { Multiaddr } from '@multiformats/multiaddr'
import { decodeKey, encodeKey, isKey, type PeerKey } from '#protocol/wire/keys.ts'

/** The protocol's key of a libp2p peer; `undefined` if it is not an Ed25519 peer. */
export function keyOfPeer(peer: PeerId): PeerKey | undefined {
  return peer.type === 'Ed25519' ? encodeKey(peer.publicKey.raw) : undefined
}

/** The libp2p peer of a key; `undefined` if the text is no key or no point of the curve. */
export function peerOfKey(key: PeerKey): PeerId | undefined {
  if (!isKey(key)) return undefined
  try {
    return peerIdFromPublicKey(publicKeyFromRaw(decodeKey(key)))
  } catch {
    return undefined
  }
}

/** The peer that an address names at its end, if it names one. */
export function peerOfAddress(address: Multiaddr): PeerId | undefined {
  const last = address.getComponents().findLast((component) => component.name === 'p2p')
  if (last?.value === undefined) return undefined
  try {
    return peerIdFromString(last.value)
  } catch {
    return undefined
  }
}
