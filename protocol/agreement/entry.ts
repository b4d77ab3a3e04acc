/**
 * An entry of an account's log, before it is decided: what q witnesses contributed. Its inputs are the union of theirs, so one
 * witness, the leader included, cannot leave anything out (S3).
 */
import { z } from 'zod'
import { limits } from '../limits.ts'
import type { Committee } from '../membership/committee.ts'
import { decode, encode, type Plain } from '../wire/canonical.ts'
import { type Envelope, readEnvelope, seal, verifyEnvelope } from '../wire/envelope.ts'
import { sha256, toHex } from '../wire/hash.ts'
import { isKey, type PeerKey, type Signer, verifySignature, type WalletKey } from '../wire/keys.ts'
import { readSignatures } from './certificate.ts'

/** What one witness says about the next entry. */
export interface Contribution {
  readonly account: WalletKey
  readonly epoch: number
  readonly height: number
  /** Hex digest of the header before, or of nothing at the first height. */
  readonly previous: string
  /** The witness's wall clock, milliseconds since 1970. */
  readonly clockMs: number
  /** What the witness's ledger says the account may spend in its life, micro-credits, and when it said so; `null` if it does not know. */
  readonly funds: { readonly total: bigint; readonly asOfMs: number } | null
  /** The ledger's epoch as the witness sees it; larger than `epoch`: this epoch should be sealed. */
  readonly ledgerEpoch: number
  /** Ids of signed inputs. */
  readonly inputs: readonly string[]
  /** Leases that are overdue by this witness's clock: job id, fence and replica. */
  readonly overdue: readonly (readonly [string, number, PeerKey])[]
}

/** A contribution with the envelope that signs it. */
export interface SignedContribution extends Contribution {
  readonly envelope: Envelope
}

export interface Entry {
  readonly account: WalletKey
  readonly epoch: number
  readonly height: number
  readonly previous: string
  /** The leader that made it: leads the next height. */
  readonly proposer: PeerKey
  /** Exactly q contributions of different witnesses. */
  readonly contributions: readonly SignedContribution[]
  /** The certificate of the entry before: who voted for it is paid for it. Empty at the first height. */
  readonly previousSignatures: ReadonlyMap<PeerKey, Uint8Array>
  readonly raw: Uint8Array
  /** Hex SHA-256 of `raw`. */
  readonly digest: string
}

/** Signed inputs by id. */
export type Bodies = ReadonlyMap<string, Envelope>

export const CONTRIBUTION = 'contribution'
const MAX_INPUTS = limits.inputsPerEntry + 2 * limits.offersPerContribution

export function sealContribution(contribution: Contribution, domain: Uint8Array, signer: Signer): SignedContribution {
  const { funds, ...rest } = contribution
  const statement: Plain = { ...rest, funds: funds === null ? null : { ...funds } }
  return { ...contribution, envelope: seal(CONTRIBUTION, statement, domain, signer) }
}

/** The contribution in `envelope`, its signature verified; `undefined` if it is not one. */
export function readContribution(envelope: Envelope, domain: Uint8Array): SignedContribution | undefined {
  if (envelope.kind !== CONTRIBUTION) return undefined
  const parsed = contributionSchema.safeParse(decode(envelope.body))
  if (!parsed.success || !verifyEnvelope(envelope, domain)) return undefined
  return { ...parsed.data, envelope }
}

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
  if (!Array.isArray(list) || list.length > 16 || previousSignatures === undefined) return undefined
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

/** Where an entry must fit. */
export interface Position {
  readonly account: WalletKey
  readonly height: number
  readonly previous: string
  readonly committee: Committee
  /** The header before and the committee that certified it; `undefined` at the first height. */
  readonly before: { readonly headerBytes: Uint8Array; readonly committee: Committee } | undefined
}

/** Why `entry` cannot stand at `position`, or `undefined` if it can: exactly q distinct witnesses contributed to this very height. */
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

const nat = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)
const text = z.string().max(128)

const contributionSchema = z.strictObject({
  account: z.string().refine(isKey),
  epoch: nat,
  height: nat.max(limits.heightMax),
  previous: text,
  clockMs: nat,
  funds: z
    .strictObject({
      total: z
        .union([nat, z.bigint().nonnegative()])
        .transform(BigInt)
        .refine((value) => value < 1n << 63n),
      asOfMs: nat,
    })
    .nullable(),
  ledgerEpoch: nat,
  inputs: z.array(text).max(MAX_INPUTS),
  overdue: z.array(z.tuple([text, nat, text])).max(limits.openJobsPerAccount),
})
