/**
 * The tie-break among equally good peers: a mixing hash of (seed, peer). It needs to be fair and fast, not secret: the
 * seed holds the epoch's beacon, which was fixed after every peer registered, so no key can be chosen to win (README,
 * section Placement).
 *
 * Source: the 32-bit finaliser of MurmurHash3 by Austin Appleby (public domain,
 * https://github.com/aappleby/smhasher/blob/master/src/MurmurHash3.cpp), applied once per 32-bit word.
 */

/** Two 32-bit integers that stand for 32 bytes, see {@link foldBytes}. */
export interface Words {
  readonly a: number
  readonly b: number
}

/** MurmurHash3's fmix32: a bijection of 32-bit integers in which every input bit moves every output bit. */
export function fmix32(word: number): number {
  let h = word
  h ^= h >>> 16
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/**
 * Folds bytes (a seed, a key) into two words; every byte counts in both. A trailing part of less than 4 bytes is padded
 * with zeros.
 */
export function foldBytes(bytes: Uint8Array): Words {
  let a = 0x9e3779b9
  let b = 0x7f4a7c15
  for (let at = 0; at < bytes.length; at += 4) {
    const word =
      byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24)
    a = fmix32(a ^ word)
    b = fmix32((b + word) | 0)
  }
  return { a, b }
}

/**
 * The tie-break of the peer whose words are `peerA` and `peerB` under one seed, 0 to 2^32 − 1; the lower one ranks
 * first.
 */
export function mix(seed: Words, peerA: number, peerB: number): number {
  return fmix32(fmix32(seed.a ^ peerA) ^ ((seed.b + peerB) | 0)) >>> 0
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0
}
