/**
 * Ed25519 keys and signatures. A key is written as the base58 of its 32 bytes: the same text is a Solana address. A
 * peer's key is at once its libp2p identity; a wallet's key is never a peer's key.
 */
import { base58btc } from 'multiformats/bases/base58'
import { dropOldest } from '../drop-oldest.ts'
import { limits } from '../limits.ts'
import { sha256, toHex } from './hash.ts'
import {
  type PlatformPrivateKey,
  type PlatformPublicKey,
  platformPrivateKey,
  platformPublicFromSeed,
  platformPublicKey,
  platformSign,
  platformVerify,
} from './platform.ts'

/** Base58 of a 32-byte Ed25519 public key. */
export type PublicKey = string
/** A peer's key: identity of a member, a witness, a replica. */
export type PeerKey = PublicKey
/** A wallet's key: who pays, and who is paid. */
export type WalletKey = PublicKey

/** Holds a private key and signs with it. Nothing of the private key can be read back. */
export interface Signer {
  /** The public key that belongs to it. */
  readonly key: PublicKey
  /** The Ed25519 signature of `message`, 64 bytes: the same for the same message (RFC 8032). */
  sign(message: Uint8Array): Uint8Array
}

/** Base58 of 32 bytes; throws RangeError for another length. */
export function encodeKey(raw: Uint8Array): PublicKey {
  if (raw.length !== 32) throw new RangeError(`a key has 32 bytes, got ${raw.length}`)
  return base58btc.baseEncode(raw)
}

/** The 32 bytes of `key`; throws RangeError if it is not the canonical base58 of 32 bytes. */
export function decodeKey(key: PublicKey): Uint8Array {
  const known = rawKeys.get(key)
  if (known !== undefined) return known
  let raw: Uint8Array
  try {
    raw = base58btc.baseDecode(key)
  } catch {
    throw new RangeError('a key is base58')
  }
  if (raw.length !== 32 || base58btc.baseEncode(raw) !== key) throw new RangeError('a key is the base58 of 32 bytes')
  remember(rawKeys, key, raw)
  return raw
}

/** True if `key` is the canonical base58 of 32 bytes. */
export function isKey(key: unknown): key is PublicKey {
  if (typeof key !== 'string' || key.length < 32 || key.length > 44) return false
  try {
    decodeKey(key)
    return true
  } catch {
    return false
  }
}

/** The signer of a 32-byte seed (RFC 8032); throws RangeError for another length. */
export function signerFromSeed(seed: Uint8Array): Signer {
  if (seed.length !== 32) throw new RangeError(`a seed has 32 bytes, got ${seed.length}`)
  const secret: PlatformPrivateKey = platformPrivateKey(seed)
  return { key: encodeKey(platformPublicFromSeed(seed)), sign: (message) => platformSign(secret, message) }
}

/**
 * True if `signature` (64 bytes) is `key`'s over `message`. Never throws. A triple that verified once is remembered,
 * so that a message that arrives by several ways costs one verification per process; failures are not remembered.
 */
export function verifySignature(key: PublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== 64) return false
  const handle = publicKeyHandle(key)
  if (handle === undefined) return false
  if (!remembers) return platformVerify(handle, message, signature)
  const name = toHex(sha256(decodeKey(key), signature, message))
  if (verified.has(name)) return true
  if (!platformVerify(handle, message, signature)) return false
  remember(verified, name, true)
  return true
}

/**
 * Whether {@link verifySignature} remembers what it verified; a simulation of many peers in one process may want
 * every check done.
 */
export function rememberVerified(on: boolean): void {
  remembers = on
}

let remembers = true

const rawKeys = new Map<string, Uint8Array>()
const handles = new Map<string, PlatformPublicKey>()
const verified = new Map<string, true>()

function publicKeyHandle(key: PublicKey): PlatformPublicKey | undefined {
  const known = handles.get(key)
  if (known !== undefined) return known
  if (!isKey(key)) return undefined
  const handle = platformPublicKey(decodeKey(key))
  remember(handles, key, handle)
  return handle
}

/** Bounded: forgets the oldest entry when full. */
function remember<V>(cache: Map<string, V>, key: string, value: V): void {
  cache.set(key, value)
  dropOldest(cache, limits.verifiedCache)
}
