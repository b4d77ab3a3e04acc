/** What witnesses of one account say to each other. Carried in frames between authenticated peers; see `wire/frame.ts`. */
import { z } from 'zod'
import { limits } from '../limits.ts'
import { encode } from '../wire/canonical.ts'
import { concat, equalBytes, sha256, toHex, utf8 } from '../wire/hash.ts'
import { decodeHeader } from '../wire/header.ts'
import { isKey, type PeerKey, type Signer, verifySignature, type WalletKey } from '../wire/keys.ts'

const nat = z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER)
const view = nat.max(limits.viewMax)
const digest = z.string().regex(/^[0-9a-f]{64}$/)
const bytes = z.custom<Uint8Array>((value) => value instanceof Uint8Array)
const signature = z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === 64)
const bodies = z.array(bytes).max(16 * (limits.inputsPerEntry + 2 * limits.offersPerContribution))
const where = { account: z.string().refine(isKey), epoch: nat, height: nat.max(limits.heightMax) }

/** Proof that q witnesses prepared one digest in one view, with what it is the digest of. */
const preparedSchema = z.strictObject({
  view,
  digest,
  prepares: z.array(z.tuple([z.string(), signature])).max(16),
  entry: bytes,
})

const viewChangeSchema = z.strictObject({
  from: z.string().refine(isKey),
  view,
  prepared: preparedSchema.nullable(),
  signature,
})

export const agreementMessageSchema = z.discriminatedUnion('type', [
  /** The leader asks for contributions. */
  z.strictObject({ type: z.literal('collect'), ...where }),
  z.strictObject({ type: z.literal('contribute'), ...where, contribution: bytes, bodies }),
  /** In views above 0, `changes` justifies the choice of the entry. */
  z.strictObject({
    type: z.literal('propose'),
    ...where,
    view,
    entry: bytes,
    bodies,
    changes: z.array(viewChangeSchema).max(16),
  }),
  z.strictObject({ type: z.literal('prepare'), ...where, view, digest, signature }),
  z.strictObject({ type: z.literal('commit'), ...where, view, digest }),
  z.strictObject({ type: z.literal('header'), ...where, headerBytes: bytes, signature }),
  z.strictObject({
    type: z.literal('view-change'),
    ...where,
    change: viewChangeSchema,
    contribution: bytes.nullable(),
    bodies,
  }),
  /** For a witness that is one entry behind. */
  z.strictObject({ type: z.literal('decision'), ...where, certificate: bytes, entry: bytes, bodies }),
])

export type AgreementMessage = z.infer<typeof agreementMessageSchema>
export type ViewChange = z.infer<typeof viewChangeSchema>
export type Prepared = z.infer<typeof preparedSchema>
type Of<T extends AgreementMessage['type']> = Extract<AgreementMessage, { type: T }>
export type Contribute = Of<'contribute'>
export type Propose = Of<'propose'>
export type Prepare = Of<'prepare'>
export type Commit = Of<'commit'>
export type HeaderVote = Of<'header'>
export type ViewChangeMessage = Of<'view-change'>
export type Decision = Of<'decision'>

/** The place that a vote is about. */
export interface VotePlace {
  readonly domain: Uint8Array
  readonly account: WalletKey
  readonly epoch: number
  readonly height: number
}

export function signPrepare(place: VotePlace, viewNumber: number, entryDigest: string, signer: Signer): Uint8Array {
  return signer.sign(prepareBytes(place, viewNumber, entryDigest))
}

export function verifyPrepare(
  place: VotePlace,
  vote: { view: number; digest: string; peer: PeerKey; signature: Uint8Array },
): boolean {
  return verifySignature(vote.peer, prepareBytes(place, vote.view, vote.digest), vote.signature)
}

/** Signs "I vote in no view below `change.view` any more, and this is the highest that I prepared". */
export function signViewChange(place: VotePlace, change: Omit<ViewChange, 'signature'>, signer: Signer): ViewChange {
  return { ...change, signature: signer.sign(viewChangeBytes(place, change)) }
}

/** True if the signature is right and the preparation that it reports is proven and comes with the very entry that it is of. */
export function verifyViewChange(
  place: VotePlace,
  change: ViewChange,
  quorum: number,
  witnesses: readonly PeerKey[],
): boolean {
  if (!witnesses.includes(change.from)) return false
  if (!verifySignature(change.from, viewChangeBytes(place, change), change.signature)) return false
  return (
    change.prepared === null ||
    (change.prepared.view < change.view && proven(place, change.prepared, quorum, witnesses))
  )
}

function proven(place: VotePlace, prepared: Prepared, quorum: number, witnesses: readonly PeerKey[]): boolean {
  if (toHex(sha256(prepared.entry)) !== prepared.digest) return false
  const voters = new Set<PeerKey>()
  for (const [peer, vote] of prepared.prepares) {
    if (!witnesses.includes(peer)) return false
    if (!verifyPrepare(place, { view: prepared.view, digest: prepared.digest, peer, signature: vote })) return false
    voters.add(peer)
  }
  return voters.size >= quorum
}

function prepareBytes(place: VotePlace, viewNumber: number, entryDigest: string): Uint8Array {
  return tagged('weft/prepare/1\0', place, [viewNumber, entryDigest])
}

function viewChangeBytes(place: VotePlace, change: Omit<ViewChange, 'signature'>): Uint8Array {
  const { prepared } = change
  return tagged('weft/view-change/1\0', place, [
    change.from,
    change.view,
    prepared === null ? null : [prepared.view, prepared.digest],
  ])
}

function tagged(tag: string, place: VotePlace, rest: (string | number | null | (string | number)[])[]): Uint8Array {
  return concat(utf8(tag), place.domain, encode([place.account, place.epoch, place.height, ...rest]))
}

/** True if these bytes are a header of that account, epoch and height on that network. */
export function isHeaderAt(headerBytes: Uint8Array, { domain, account, epoch, height }: VotePlace): boolean {
  const header = decodeHeader(headerBytes)
  if (header === undefined || header.account !== account || header.height !== height) return false
  return header.epoch === epoch && equalBytes(header.domain, domain)
}
