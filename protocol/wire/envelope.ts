/**
 * A signed envelope: the only form in which a statement of a peer or a wallet is kept, forwarded and counted.
 *
 * Bytes on the wire: canonical `[kind, signer, body, signature]`. The signature is Ed25519 over `"weft/" ‖ kind ‖
 * "/1" ‖ 0x00 ‖ domain ‖ signer ‖ body`, where `domain` is the network's 32 bytes (see `networkDomain`): a statement
 * for one network, or of one kind, is never valid as another. An envelope's id is the CID of exactly these signed
 * bytes, so a second signature over the same statement is the same statement.
 */
import { dropOldest } from '../drop-oldest.ts'
import { limits } from '../limits.ts'
import { blobCid, decode, encode, type Plain } from './canonical.ts'
import { concat, sha256, toHex, utf8 } from './hash.ts'
import { decodeKey, isKey, type PublicKey, type Signer, verifySignature } from './keys.ts'

/** One signed statement. Its signature is not verified until {@link verifyEnvelope} says so. */
export interface Envelope {
  /** What the statement is: part of what is signed, so one kind is never read as another. */
  readonly kind: string
  readonly signer: PublicKey
  /** Canonical bytes of the statement; its schema is the reader's to check. */
  readonly body: Uint8Array
  /** 64 bytes. */
  readonly signature: Uint8Array
  /** CID of the signed bytes. Derived, never sent. */
  readonly id: string
  /** The envelope's own bytes. */
  readonly raw: Uint8Array
}

/** Signs `statement` as `kind` for the network of this domain (32 bytes). Throws TypeError if it cannot be encoded. */
export function seal(kind: string, statement: Plain, domain: Uint8Array, signer: Signer): Envelope {
  const body = encode(statement)
  const signed = signedBytes({ kind, signer: signer.key, body }, domain)
  const signature = signer.sign(signed)
  const raw = encode([kind, signer.key, body, signature])
  return { kind, signer: signer.key, body, signature, id: blobCid(signed), raw }
}

/**
 * Reads an envelope of one network without judging its signature; `undefined` if it is not one. The same bytes give
 * the same envelope object while they are remembered: an input comes from its author, in contributions and in
 * proposals, and is parsed and verified once.
 */
export function readEnvelope(raw: Uint8Array, domain: Uint8Array): Envelope | undefined {
  const seen = ofArray.get(raw)
  if (seen?.domain === domain) return seen.envelope
  const envelope = readNamed(raw, domain)
  if (envelope !== undefined) ofArray.set(raw, { domain, envelope })
  return envelope
}

/**
 * By the array itself, as several peers of one process get it: bytes never change, so they are not even hashed again.
 */
const ofArray = new WeakMap<Uint8Array, { readonly domain: Uint8Array; readonly envelope: Envelope }>()

function readNamed(raw: Uint8Array, domain: Uint8Array): Envelope | undefined {
  if (raw.length > limits.memoEnvelopeBytes) return parse(raw, domain)
  const name = toHex(sha256(domain, raw))
  const known = memo.get(name)
  if (known !== undefined) return known
  const envelope = parse(raw, domain)
  if (envelope === undefined) return undefined
  memo.set(name, envelope)
  dropOldest(memo, limits.memoEnvelopes)
  return envelope
}

const memo = new Map<string, Envelope>()

function parse(raw: Uint8Array, domain: Uint8Array): Envelope | undefined {
  if (raw.length > limits.frameBytes) return undefined
  const value = decode(raw)
  if (!Array.isArray(value) || value.length !== 4) return undefined
  const [kind, signer, body, signature]: readonly Plain[] = value
  if (typeof kind !== 'string' || !isKey(signer)) return undefined
  if (!(body instanceof Uint8Array) || !(signature instanceof Uint8Array)) return undefined
  return { kind, signer, body, signature, id: blobCid(signedBytes({ kind, signer, body }, domain)), raw }
}

/** True if the signature is the signer's for this network. Never throws. */
export function verifyEnvelope(envelope: Envelope, domain: Uint8Array): boolean {
  const signed = signedBytes(envelope, domain)
  return verifySignature(envelope.signer, signed, envelope.signature)
}

function signedBytes(
  { kind, signer, body }: Pick<Envelope, 'kind' | 'signer' | 'body'>,
  domain: Uint8Array,
): Uint8Array {
  return concat(utf8(`weft/${kind}/1\0`), domain, decodeKey(signer), body)
}
