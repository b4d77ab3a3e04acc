/**
 * Canonical bytes: DAG-CBOR (https://ipld.io/specs/codecs/dag-cbor). One value has exactly one encoding, so a hash or a
 * signature over it means one thing. Floats are refused: the rules use integers only.
 */
import { decode as decodeDagCbor, encode as encodeDagCbor } from '@ipld/dag-cbor'
import { CID } from 'multiformats/cid'
import { create as createDigest } from 'multiformats/hashes/digest'
import { sha256 } from './hash.ts'
import { isCanonical } from './strict.ts'

/** What can be written canonically. `undefined` members are refused by the codec: leave them out. */
export type Plain =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Plain[]
  | { readonly [key: string]: Plain }

/** Canonical bytes of `value`. Throws TypeError for floats, `undefined` and anything that is not {@link Plain}. */
export function encode(value: Plain): Uint8Array {
  refuseFloats(value)
  return encodeDagCbor(value)
}

/**
 * The value in `bytes`, or `undefined` if they are not what {@link encode} writes for one. Names are hashes of bytes
 * as received.
 */
export function decode(bytes: Uint8Array): Plain | undefined {
  if (!isCanonical(bytes)) return undefined
  try {
    return decodeDagCbor<Plain>(bytes)
  } catch {
    return undefined
  }
}

const SHA2_256 = 0x12
const RAW = 0x55
/**
 * Canonical text of a CIDv1 over SHA-256 with the raw codec, as {@link blobCid} makes it: the usual case, told
 * without decoding.
 */
const RAW_SHA2_256 = /^bafkrei[a-h][a-z2-7]{50}[aeimquy4]$/

/** CIDv1 (base32, raw codec, SHA-256) of `bytes`: the name of a blob, an input, a job. */
export function blobCid(bytes: Uint8Array): string {
  return cidOfDigest(sha256(bytes))
}

/** The {@link blobCid} of the bytes whose SHA-256 is `digest`. */
export function cidOfDigest(digest: Uint8Array): string {
  return CID.createV1(RAW, createDigest(SHA2_256, digest)).toString()
}

/** True if `text` is a CIDv1 over SHA-256 in its canonical base32 form. */
export function isCid(text: unknown): text is string {
  if (typeof text !== 'string' || text.length !== 59) return false
  if (RAW_SHA2_256.test(text)) return true
  try {
    const cid = CID.parse(text)
    return cid.version === 1 && cid.multihash.code === SHA2_256 && cid.toString() === text
  } catch {
    return false
  }
}

/** Throws TypeError for a number that is not a safe integer. */
function refuseFloats(value: Plain): void {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new TypeError('only safe integers are canonical')
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return
  for (const member of Array.isArray(value) ? value : Object.values(value)) refuseFloats(member)
}
