/** Solana's text form of keys, hashes and signatures. */
import { base58btc } from 'multiformats/bases/base58'
import { invalidParams } from './errors.ts'

const CACHED_KEYS_MAX = 100_000
const texts = new Map<string, string>()
const keys = new Map<string, Uint8Array>()

/** Base58 of any bytes. Quadratic in the length: for keys, hashes, signatures and instruction data. */
export function toBase58(bytes: Uint8Array): string {
  return base58btc.baseEncode(bytes)
}

/** Bytes of a base58 text; throws {@link RpcError} -32602 for anything else. */
export function fromBase58(text: string): Uint8Array {
  try {
    return base58btc.baseDecode(text)
  } catch {
    throw invalidParams('not base58')
  }
}

/** Base58 of a 32-byte key, remembered: the same few keys occur in every transaction. */
export function keyText(key: Uint8Array): string {
  const name = Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')
  const known = texts.get(name)
  if (known !== undefined) return known
  const text = toBase58(key)
  if (texts.size >= CACHED_KEYS_MAX) texts.clear()
  texts.set(name, text)
  return text
}

/** The 32 bytes of a key; throws {@link RpcError} -32602 for anything else. */
export function keyBytes(text: string): Uint8Array {
  const known = keys.get(text)
  if (known !== undefined) return known
  const bytes = fromBase58(text)
  if (bytes.length !== 32) throw invalidParams('WrongSize')
  if (keys.size >= CACHED_KEYS_MAX) keys.clear()
  keys.set(text, bytes)
  return bytes
}
