/** A certificate: q witnesses' Ed25519 signatures over the 160 bytes of one header. */
import type { Committee } from '../membership/committee.ts'
import { WITNESSES_MAX } from '../messages/shapes.ts'
import { decode, encode } from '../wire/canonical.ts'
import { decodeHeader, type Header } from '../wire/header.ts'
import { isKey, type PeerKey, verifySignature } from '../wire/keys.ts'

/**
 * Signatures that stand for the state of one height. Nothing of it is verified until {@link checkCertificate} says
 * so.
 */
export interface Certificate {
  /** What `headerBytes` say. */
  readonly header: Header
  /** The signed bytes, 160. */
  readonly headerBytes: Uint8Array
  /** Signatures of 64 bytes, by witness. */
  readonly signatures: ReadonlyMap<PeerKey, Uint8Array>
}

/** Canonical `[headerBytes, [[peer, signature], …]]`, ordered by peer: one certificate has one encoding. */
export function encodeCertificate(certificate: Certificate): Uint8Array {
  return encode([
    certificate.headerBytes,
    [...certificate.signatures].sort(byKey).map(([peer, signature]) => [peer, signature]),
  ])
}

/** The certificate in `bytes`, unverified; `undefined` if they are not one. */
export function decodeCertificate(bytes: Uint8Array): Certificate | undefined {
  const value = decode(bytes)
  if (!Array.isArray(value) || value.length !== 2) return undefined
  const [headerBytes, list]: readonly unknown[] = value
  if (!(headerBytes instanceof Uint8Array)) return undefined
  const header = decodeHeader(headerBytes)
  const signatures = readSignatures(list)
  return header === undefined || signatures === undefined ? undefined : { header, headerBytes, signatures }
}

/** `[[peer, signature], …]` as a map; `undefined` for another shape, a duplicate or more than {@link WITNESSES_MAX}. */
export function readSignatures(list: unknown): Map<PeerKey, Uint8Array> | undefined {
  if (!Array.isArray(list) || list.length > WITNESSES_MAX) return undefined
  const signatures = new Map<PeerKey, Uint8Array>()
  for (const pair of list as readonly unknown[]) {
    if (!Array.isArray(pair) || pair.length !== 2) return undefined
    const [peer, signature]: readonly unknown[] = pair
    if (!isKey(peer) || !(signature instanceof Uint8Array) || signatures.has(peer)) return undefined
    signatures.set(peer, signature)
  }
  return signatures
}

/** Why a certificate does not hold. */
export type CertificateFault =
  | 'too few signatures'
  | 'signer is not a witness'
  | 'signature does not verify'
  | 'other epoch'

/**
 * What is wrong with `certificate` for this committee, or `undefined` if at least q of its witnesses, and nobody
 * else, signed these very bytes. The account and the network of the header are the caller's to compare. Costs a
 * verification per signature, the first time.
 */
export function checkCertificate(certificate: Certificate, committee: Committee): CertificateFault | undefined {
  if (certificate.header.epoch !== committee.epoch) return 'other epoch'
  let valid = 0
  for (const [peer, signature] of certificate.signatures) {
    if (!committee.witnesses.includes(peer)) return 'signer is not a witness'
    if (!verifySignature(peer, certificate.headerBytes, signature)) return 'signature does not verify'
    valid++
  }
  return valid >= committee.q ? undefined : 'too few signatures'
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0
}
