/**
 * The header: 160 bytes, little-endian, fixed layout, the one message that witnesses certify and that the Solana
 * programs check. Its first eight bytes are its signing domain: no other signed message of ours begins with them.
 *
 * | offset | bytes | field |
 * |---|---|---|
 * | 0 | 8 | tag, ASCII `weft-hdr` |
 * | 8 | 32 | domain: sha256("weft/domain/1" ‖ network id ‖ program id) |
 * | 40 | 32 | account: the wallet's public key |
 * | 72 | 32 | state root |
 * | 104 | 8 | epoch, u64 |
 * | 112 | 8 | height, u64 |
 * | 120 | 8 | certified time, u64, milliseconds since 1970 |
 * | 128 | 8 | lifetime spent, u64, micro-credits |
 * | 136 | 8 | reserved, u64, micro-credits |
 * | 144 | 8 | last sequence number, u64 (0: none yet) |
 * | 152 | 4 | rules version, u32 |
 * | 156 | 4 | flags, u32: bit 0 = sealed (the last entry of its epoch); all others zero |
 */
import { concat, sha256, utf8 } from './hash.ts'
import { decodeKey, encodeKey, type WalletKey } from './keys.ts'

/** Bytes of every header. */
export const HEADER_BYTES = 160
/** The first eight bytes, ASCII: the signing domain of headers. */
export const HEADER_TAG = 'weft-hdr'
/** Grows when `step` changes: peers of different rules never certify together. */
export const RULES_VERSION = 1

/** What witnesses certify of an account after one entry. Numbers are safe integers, amounts u64. */
export interface Header {
  /** 32 bytes: network and program, see {@link networkDomain}. */
  readonly domain: Uint8Array
  readonly account: WalletKey
  /** 32 bytes: the root of the Merkle trees over the state. */
  readonly stateRoot: Uint8Array
  /** The committee's epoch. */
  readonly epoch: number
  /** Entries that the log has had, this one included: 1 after the first. */
  readonly height: number
  /** Certified time, milliseconds since 1970. */
  readonly timeMs: number
  /** Lifetime micro-credits spent: the sum of the totals tree. */
  readonly spent: bigint
  /** Micro-credits reserved for open jobs. */
  readonly reserved: bigint
  /** Highest admitted sequence number; 0 before the first job. */
  readonly lastSeq: number
  /** Of the rules that `step` followed, see {@link RULES_VERSION}. */
  readonly rulesVersion: number
  /** The last entry of its epoch. */
  readonly sealed: boolean
}

/**
 * The 32 bytes that tie every signature to one network and one program deployment. `programId` is 32 zero bytes on a
 * roster.
 */
export function networkDomain(networkId: string, programId: Uint8Array = new Uint8Array(32)): Uint8Array {
  return sha256(utf8('weft/domain/1'), sha256(utf8(networkId)), programId)
}

/**
 * The 160 bytes of the table above. Throws RangeError for a fraction, or an account that is no key; ranges and the
 * lengths of `domain` and `stateRoot` are the caller's.
 */
export function encodeHeader(header: Header): Uint8Array {
  const out = new Uint8Array(HEADER_BYTES)
  const view = new DataView(out.buffer)
  out.set(utf8(HEADER_TAG), 0)
  out.set(header.domain, 8)
  out.set(decodeKey(header.account), 40)
  out.set(header.stateRoot, 72)
  view.setBigUint64(104, BigInt(header.epoch), true)
  view.setBigUint64(112, BigInt(header.height), true)
  view.setBigUint64(120, BigInt(header.timeMs), true)
  view.setBigUint64(128, header.spent, true)
  view.setBigUint64(136, header.reserved, true)
  view.setBigUint64(144, BigInt(header.lastSeq), true)
  view.setUint32(152, header.rulesVersion, true)
  view.setUint32(156, header.sealed ? 1 : 0, true)
  return out
}

/**
 * The header in `bytes`, or `undefined` if they are not the encoding of one: another length, tag or flag, or a number
 * beyond 2^53 − 1.
 */
export function decodeHeader(bytes: Uint8Array): Header | undefined {
  if (bytes.length !== HEADER_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  if (new TextDecoder('latin1').decode(bytes.subarray(0, 8)) !== HEADER_TAG) return undefined
  const flags = view.getUint32(156, true)
  if (flags > 1) return undefined
  const safe = [104, 112, 120, 144].map((at) => Number(view.getBigUint64(at, true)))
  const [epoch, height, timeMs, lastSeq] = safe
  if (epoch === undefined || height === undefined || timeMs === undefined || lastSeq === undefined) return undefined
  if (!safe.every(Number.isSafeInteger)) return undefined
  return {
    domain: bytes.slice(8, 40),
    account: encodeKey(bytes.slice(40, 72)),
    stateRoot: bytes.slice(72, 104),
    epoch,
    height,
    timeMs,
    spent: view.getBigUint64(128, true),
    reserved: view.getBigUint64(136, true),
    lastSeq,
    rulesVersion: view.getUint32(152, true),
    sealed: flags === 1,
  }
}

/** SHA-256 of the 160 bytes, 32 bytes: the header's name, by which the next entry refers to it. */
export function headerDigest(header: Header): Uint8Array {
  return sha256(concat(encodeHeader(header)))
}
