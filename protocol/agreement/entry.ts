/**
 * An entry of an account's log, before it is decided: what q witnesses contributed. Its inputs are the union of
 * theirs, so one witness, the leader included, cannot leave anything out (S3).
 */
import type { Committee } from '../membership/committee.ts'
import { WITNESSES_MAX } from '../messages/shapes.ts'
import { decode, encode } from '../wire/canonical.ts'
import { type Envelope, readEnvelope } from '../wire/envelope.ts'
import { sha256, toHex } from '../wire/hash.ts'
import { isKey, type PeerKey, verifySignature, type WalletKey } from '../wire/keys.ts'
import { readSignatures } from './certificate.ts'
import { type Contribution, readContribution, type SignedContribution } from './contribution.ts'

/**
 * What the next entry of a log will be if q witnesses agree. Read or made, it is not yet checked: see {@link
 * validateEntry}.
 */
export interface Entry {
  readonly account: WalletKey
  readonly epoch: number
  readonly height: number
  /** Hex digest of the header before, or empty at the first height. */
  readonly previous: string
  /** The leader that made it: leads the next height. */
  readonly proposer: PeerKey
  /** Exactly q contributions of different witnesses. */
  readonly contributions: readonly SignedContribution[]
  /** The certificate of the entry before: who voted for it is paid for it. Empty at the first height. */
  readonly previousSignatures: ReadonlyMap<PeerKey, Uint8Array>
  /** The entry's own bytes. */
  readonly raw: Uint8Array
  /** Hex SHA-256 of `raw`. */
  readonly digest: string
}

/** Signed inputs by id. */
export type Bodies = ReadonlyMap<string, Envelope>

/**
 * The entry of these parts, with its bytes: canonical `[account, epoch, height, previous, proposer, contributions,
 * signatures]`.
 */
export function makeEntry(parts: Omit<Entry, 'raw' | 'digest'>): Entry {
  const raw = encode([
    parts.account,
    parts.epoch,
    parts.height,
    parts.previous,
    parts.proposer,
    parts.contributions.map((contribution) => contribution.envelope.raw),
    [...parts.previousSignatures].map(([peer, signature]) => [peer, signature]),
  ])
  return { ...parts, raw, digest: toHex(sha256(raw)) }
}

/** The entry in `raw`: its shape and its contributions' signatures, not yet its fitness for a height. */
export function readEntry(raw: Uint8Array, domain: Uint8Array): Entry | undefined {
  const value = decode(raw)
  if (!Array.isArray(value) || value.length !== 7) return undefined
  const [account, epoch, height, previous, proposer, list, signatures]: readonly unknown[] = value
  if (!isKey(account) || !isKey(proposer) || !isNat(epoch) || !isNat(height) || typeof previous !== 'string')
    return undefined
  const previousSignatures = readSignatures(signatures)
  if (!Array.isArray(list) || list.length > WITNESSES_MAX || previousSignatures === undefined) return undefined
  const contributions: SignedContribution[] = []
  for (const item of list as readonly unknown[]) {
    const envelope = item instanceof Uint8Array ? readEnvelope(item, domain) : undefined
    const contribution = envelope === undefined ? undefined : readContribution(envelope, domain)
    if (contribution === undefined) return undefined
    contributions.push(contribution)
  }
  return {
    account,
    epoch,
    height,
    previous,
    proposer,
    contributions,
    previousSignatures,
    raw,
    digest: toHex(sha256(raw)),
  }
}

/** Where an entry must fit to be the next one: right after what is certified, in the epoch of this committee. */
export interface Position {
  readonly account: WalletKey
  readonly height: number
  /** Hex digest of the header before, or empty at the first height. */
  readonly previous: string
  readonly committee: Committee
  /** The header before and the committee that certified it; `undefined` at the first height. */
  readonly before: { readonly headerBytes: Uint8Array; readonly committee: Committee } | undefined
}

/**
 * Why `entry` cannot stand at `position`, or `undefined` if it can: exactly q distinct witnesses contributed to this
 * very height.
 */
export function validateEntry(entry: Entry, position: Position): string | undefined {
  const { committee } = position
  if (entry.account !== position.account || entry.height !== position.height) return 'another height or account'
  if (entry.epoch !== committee.epoch || entry.previous !== position.previous) return 'another epoch or history'
  if (!committee.witnesses.includes(entry.proposer)) return 'the proposer is not a witness'
  if (entry.contributions.length !== committee.q) return 'not q contributions'
  const signers = new Set(entry.contributions.map((contribution) => contribution.envelope.signer))
  if (signers.size !== committee.q) return 'two contributions of one witness'
  for (const contribution of entry.contributions) {
    if (!committee.witnesses.includes(contribution.envelope.signer)) return 'a contributor is not a witness'
    if (!fits(contribution, position)) return 'a contribution to another height'
  }
  return validatePrevious(entry, position)
}

/** True if `contribution` is for this very height and history. */
export function fits(contribution: Contribution, position: Position): boolean {
  return (
    contribution.account === position.account &&
    contribution.epoch === position.committee.epoch &&
    contribution.height === position.height &&
    contribution.previous === position.previous
  )
}

/** Ids of all inputs that the entry names, each once, in a canonical order. */
export function inputIds(entry: Pick<Entry, 'contributions'>): string[] {
  return [...new Set(entry.contributions.flatMap((contribution) => contribution.inputs))].sort()
}

function validatePrevious(entry: Entry, position: Position): string | undefined {
  const { before } = position
  if (before === undefined)
    return entry.previousSignatures.size === 0 ? undefined : 'a certificate before the first entry'
  if (entry.previousSignatures.size < before.committee.q) return 'no certificate of the entry before'
  for (const [peer, signature] of entry.previousSignatures) {
    if (!before.committee.witnesses.includes(peer)) return 'a signer of the entry before was not a witness'
    if (!verifySignature(peer, before.headerBytes, signature)) return 'a signature of the entry before does not verify'
  }
  return undefined
}

function isNat(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
