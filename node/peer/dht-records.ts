/**
 * Which DHT records this peer believes, and what it remembers of them. There are two kinds: the head of an account,
 * which is the certificate of its newest height, under `account/<key>` and numbered by that height; and some members'
 * offers of a resource class, under `offers/<class>` and numbered by the wall clock.
 */
import { readInput } from '#protocol/account/inputs.ts'
import { checkCertificate, decodeCertificate } from '#protocol/agreement/certificate.ts'
import { limits } from '#protocol/limits.ts'
import { drawCommittee } from '#protocol/membership/committee.ts'
import { findMember } from '#protocol/membership/registry.ts'
import { resourceClasses } from '#protocol/membership/resource-class.ts'
import { decodeFrame } from '#protocol/messages/frame.ts'
import { readEnvelope } from '#protocol/wire/envelope.ts'
import { equalBytes } from '#protocol/wire/hash.ts'
import type { LedgerView } from '../core/effects.ts'
import { headKey } from '../core/witness/account-publisher.ts'
import type { Store } from '../ports/store.ts'

const verifiedPrefix = 'net/head/'
/** Where numbers were kept that nobody had verified: one of 2^64 − 1 would block its key for good. */
const unverifiedPrefix = 'net/sequence/'

/**
 * True for a record whose content certifies, in this network, the account that its key names at the height that is its
 * number, by the committee of an epoch that the ledger knows. False for all others, other kinds of keys included. Costs
 * a draw and up to q signatures, but only for a record that is right in everything else.
 */
export function recordValidator(parts: {
  ledger: LedgerView
  domain: Uint8Array
  /** Wall clock, milliseconds since 1970. */
  nowMs: () => number
}): (key: string, sequence: bigint, content: Uint8Array) => boolean {
  const { ledger, domain } = parts
  return (key, sequence, content) => {
    if (key.startsWith(OFFERS)) {
      const latestMs = BigInt(parts.nowMs() + limits.clockSkewMs)
      return sequence <= latestMs && areOffers(key.slice(OFFERS.length), content, parts)
    }
    const certificate = decodeCertificate(content)
    if (certificate === undefined) return false
    const { account, epoch, height } = certificate.header
    if (key !== headKey(account) || sequence !== BigInt(height)) return false
    if (!equalBytes(certificate.header.domain, domain)) return false
    const registry = ledger.registryAt(epoch)
    if (registry === undefined) return false
    return checkCertificate(certificate, drawCommittee(registry, account, ledger.ownerOf?.(account))) === undefined
  }
}

const OFFERS = 'offers/'

/** True for a frame of members' signed offers, of which one at least is of the class. */
function areOffers(
  resourceClass: string,
  content: Uint8Array,
  { ledger, domain }: { ledger: LedgerView; domain: Uint8Array },
): boolean {
  const frame = decodeFrame(content)
  const registry = ledger.registry()
  if (frame?.type !== 'offers' || registry === undefined) return false
  const offers = frame.offers.map((raw) => {
    const envelope = readEnvelope(raw, domain)
    const isMembers = envelope !== undefined && findMember(registry, envelope.signer) !== undefined
    return isMembers ? readInput(envelope, domain) : undefined
  })
  const isOfClass = offers.some(
    (one) => one?.kind === 'profile' && resourceClasses(one.profile).includes(resourceClass),
  )
  return isOfClass && offers.every((one) => one?.kind === 'profile' || one?.kind === 'load')
}

/** The numbers of verified records, on disk. */
export function verifiedSequences(store: Store): {
  get(key: string): Promise<bigint | undefined>
  set(key: string, sequence: bigint): Promise<void>
} {
  return {
    get: async (key) => {
      const value = await store.get(verifiedPrefix + key)
      return value === undefined ? undefined : BigInt(new TextDecoder().decode(value))
    },
    set: (key, sequence) => {
      const value = new TextEncoder().encode(String(sequence))
      return store.write([{ put: verifiedPrefix + key, value }], { durable: true })
    },
  }
}

/** Deletes the numbers that earlier versions kept without verifying what they were of. */
export async function forgetUnverifiedSequences(store: Store): Promise<void> {
  const page = { gte: unverifiedPrefix, lt: `${unverifiedPrefix}\uffff`, limit: 256 }
  for (let rows = await store.range(page); rows.length > 0; rows = await store.range(page))
    await store.write(
      rows.map(([key]) => ({ del: key })),
      { durable: false },
    )
}
