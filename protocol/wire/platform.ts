/**
 * The two primitives that the protocol takes from the platform: SHA-256 and Ed25519 (RFC 8032). Both are pure functions.
 * Here they are node:crypto's, 100 times faster than tweetnacl with the same bytes; a browser build replaces this one file.
 */
import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto'

export function platformSha256(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts
  return new Uint8Array(
    hash('sha256', parts.length === 1 && only !== undefined ? only : Buffer.concat(parts), 'buffer'),
  )
}

export function platformHex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

export type PlatformPublicKey = KeyObject
export type PlatformPrivateKey = KeyObject

/** Throws if `raw` is not 32 bytes. */
export function platformPublicKey(raw: Uint8Array): PlatformPublicKey {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' })
}

/** `seed` is the 32-byte private scalar seed of RFC 8032. */
export function platformPrivateKey(seed: Uint8Array): PlatformPrivateKey {
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' })
}

export function platformSign(key: PlatformPrivateKey, message: Uint8Array): Uint8Array {
  return new Uint8Array(sign(null, message, key))
}

export function platformVerify(key: PlatformPublicKey, message: Uint8Array, signature: Uint8Array): boolean {
  return verify(null, message, key, signature)
}

/** The 32-byte public key that belongs to `seed`. */
export function platformPublicFromSeed(seed: Uint8Array): Uint8Array {
  const spki = createPublicKey(platformPrivateKey(seed)).export({ format: 'der', type: 'spki' })
  return new Uint8Array(spki.subarray(spki.length - 32))
}
