/**
 * Signed votes: what a witness signs when it prepares and when it gives a view up. Each is signed with a tag of its
 * own over the position that it is about, so no vote can be read as another one, or as one for another network,
 * account, epoch or height. Commit votes are not signed: the channel authenticates them, and nobody shows them to
 * others.
 */
import type { MessagePosition, Prepared, ViewChange } from '../messages/agreement.ts'
import { encode } from '../wire/canonical.ts'
import { concat, equalBytes, sha256, toHex, utf8 } from '../wire/hash.ts'
import { decodeHeader } from '../wire/header.ts'
import { type PeerKey, type Signer, verifySignature } from '../wire/keys.ts'

/** The position that a vote is about, on the network whose 32-byte domain this is. */
export interface VotePosition extends MessagePosition {
  readonly domain: Uint8Array
}

/** What a prepare and a commit vote are for: the entry with this digest (SHA-256, hex), in this view. */
export interface Vote {
  readonly view: number
  readonly digest: string
}

/** The signature (64 bytes) of a prepare vote. */
export function signPrepare(position: VotePosition, vote: Vote, signer: Signer): Uint8Array {
  return signer.sign(prepareBytes(position, vote))
}

/** True if `signature` is `peer`'s for this very vote at `position`. Never throws. */
export function verifyPrepare(
  position: VotePosition,
  vote: Vote & { readonly peer: PeerKey; readonly signature: Uint8Array },
): boolean {
  return verifySignature(vote.peer, prepareBytes(position, vote), vote.signature)
}

/** Signs "I vote in no view below `change.view` any more, and this is the highest that I prepared". */
export function signViewChange(
  position: VotePosition,
  change: Omit<ViewChange, 'signature'>,
  signer: Signer,
): ViewChange {
  return { ...change, signature: signer.sign(viewChangeBytes(position, change)) }
}

/**
 * True if a witness of this committee signed the change, and the preparation that it reports is of a lower view and
 * proven by q different witnesses' votes for its digest. The entry with that digest may be missing, as it is in a
 * proposal: see {@link carriesPrepared}. Costs up to q + 1 verifications.
 */
export function verifyViewChange(
  position: VotePosition,
  change: ViewChange,
  committee: { readonly q: number; readonly witnesses: readonly PeerKey[] },
): boolean {
  const { from, prepared, signature } = change
  if (!committee.witnesses.includes(from)) return false
  if (!verifySignature(from, viewChangeBytes(position, change), signature)) return false
  return prepared === null || (prepared.view < change.view && isProven(position, prepared, committee))
}

/**
 * True if these bytes are a header of that account, epoch and height on that network. Says nothing of who signed it.
 */
export function isHeaderAt(headerBytes: Uint8Array, { domain, account, epoch, height }: VotePosition): boolean {
  const header = decodeHeader(headerBytes)
  if (header === undefined || header.account !== account || header.height !== height) return false
  return header.epoch === epoch && equalBytes(header.domain, domain)
}

/** True if the change comes with the very entry that it reports as prepared, or reports none. */
export function carriesPrepared({ prepared }: ViewChange): boolean {
  return prepared === null || toHex(sha256(prepared.entry)) === prepared.digest
}

/** The change without the bytes of the entry that it reports as prepared: no signature is over them. */
export function withoutEntry(change: ViewChange): ViewChange {
  return change.prepared === null ? change : { ...change, prepared: { ...change.prepared, entry: NO_BYTES } }
}

const NO_BYTES = new Uint8Array()

function isProven(
  position: VotePosition,
  prepared: Prepared,
  { q, witnesses }: { readonly q: number; readonly witnesses: readonly PeerKey[] },
): boolean {
  const voters = new Set<PeerKey>()
  for (const [peer, signature] of prepared.prepares) {
    if (!witnesses.includes(peer)) return false
    if (!verifyPrepare(position, { view: prepared.view, digest: prepared.digest, peer, signature })) return false
    voters.add(peer)
  }
  return voters.size >= q
}

function prepareBytes(position: VotePosition, { view, digest }: Vote): Uint8Array {
  return tagged('weft/prepare/1\0', position, [view, digest])
}

function viewChangeBytes(position: VotePosition, change: Omit<ViewChange, 'signature'>): Uint8Array {
  const { from, view, prepared } = change
  return tagged('weft/view-change/1\0', position, [
    from,
    view,
    prepared === null ? null : [prepared.view, prepared.digest],
  ])
}

function tagged(
  tag: string,
  { domain, account, epoch, height }: VotePosition,
  rest: (string | number | null | (string | number)[])[],
): Uint8Array {
  return concat(utf8(tag), domain, encode([account, epoch, height, ...rest]))
}
