/**
 * Vote: prepare, commit and, once q committed, the header. Each record is durable before the vote that it backs is
 * sent.
 */
import type { AgreementMessageOf } from '../messages/agreement.ts'
import { equalBytes } from '../wire/hash.ts'
import { decodeHeader } from '../wire/header.ts'
import { type PeerKey, verifySignature } from '../wire/keys.ts'
import type { Certificate } from './certificate.ts'
import type { AgreementEffect, SignedHeader } from './effects.ts'
import { type Instance, messagePosition, others, type Proposal, votePosition } from './instance.ts'
import { isHeaderAt, signPrepare, type Vote, verifyPrepare } from './signed-votes.ts'

/** Commit votes remembered per witness, the highest views. */
const COMMITS_KEPT = 8

/** Prepares `proposal` if its view is the current one and this witness may vote in it, and counts that vote. */
export function castPrepare(instance: Instance, proposal: Proposal, out: AgreementEffect[]): void {
  const { view, entry } = proposal
  if (view !== instance.view.number || view < instance.view.least || instance.abstains) return
  const vote = { view, digest: entry.digest }
  const signed = { ...vote, signature: signPrepare(votePosition(instance), vote, instance.signer) }
  const message = { type: 'prepare' as const, ...messagePosition(instance), ...signed }
  out.push({ type: 'send', to: others(instance), message })
  instance.voting.prepares.set(instance.self, signed)
  castCommit(instance, out)
}

/**
 * Counts a signed prepare vote of the current view or a later one: of each witness the first one in its newest view.
 */
export function onPrepare(
  instance: Instance,
  from: PeerKey,
  { view, digest, signature }: AgreementMessageOf<'prepare'>,
  out: AgreementEffect[],
): void {
  const { voting } = instance
  if (instance.abstains || view < instance.view.number || voting.committedView >= view) return
  if ((voting.prepares.get(from)?.view ?? -1) >= view) return
  if (!verifyPrepare(votePosition(instance), { view, digest, peer: from, signature })) return
  voting.prepares.set(from, { view, digest, signature })
  castCommit(instance, out)
}

/** Counts a commit vote, of any view: q of one view decide, however late they come. */
export function onCommit(
  instance: Instance,
  from: PeerKey,
  message: AgreementMessageOf<'commit'>,
  out: AgreementEffect[],
): void {
  countCommit(instance, from, message, out)
}

/** Counts a signed header of this height; a second, different one of the same witness is evidence against it. */
export function onHeader(
  instance: Instance,
  from: PeerKey,
  message: AgreementMessageOf<'header'>,
  out: AgreementEffect[],
): void {
  if (!isHeaderAt(message.headerBytes, votePosition(instance))) return
  const known = instance.voting.headerVotes.get(from)
  if (known !== undefined && equalBytes(known.headerBytes, message.headerBytes)) return
  if (!verifySignature(from, message.headerBytes, message.signature)) return
  const vote: SignedHeader = { headerBytes: message.headerBytes, signature: message.signature }
  if (known !== undefined) out.push({ type: 'evidence', witness: from, headers: [known, vote] })
  else countHeader(instance, from, vote, out)
}

/**
 * The header that q witnesses signed, if there is one: the certificate that ends this height. Its entry may be
 * unknown here.
 */
export function certified({ position, voting }: Instance): Certificate | undefined {
  const { witnesses, q } = position.committee
  for (const [, candidate] of voting.headerVotes) {
    const signatures = new Map<PeerKey, Uint8Array>()
    for (const peer of witnesses) {
      const vote = voting.headerVotes.get(peer)
      if (vote !== undefined && equalBytes(vote.headerBytes, candidate.headerBytes))
        signatures.set(peer, vote.signature)
    }
    const header = decodeHeader(candidate.headerBytes)
    if (signatures.size >= q && header !== undefined) {
      return { header, headerBytes: candidate.headerBytes, signatures }
    }
  }
  return undefined
}

/** Looks again whether q commits of one view are for an entry that is known by now, and signs its header if so. */
export function recountCommits(instance: Instance, out: AgreementEffect[]): void {
  for (const proposal of instance.proposing.known.values()) {
    if (hasQuorumOfCommits(instance, proposal.entry.digest)) castHeader(instance, proposal, out)
  }
}

function hasQuorumOfCommits({ position, voting }: Instance, digest: string): boolean {
  const perView = new Map<number, number>()
  for (const votes of voting.commits.values()) {
    for (const [view, voted] of votes) if (voted === digest) perView.set(view, (perView.get(view) ?? 0) + 1)
  }
  return [...perView.values()].some((count) => count >= position.committee.q)
}

/**
 * Commits, once per view, when q prepared what this witness accepted in the current view: the lock is durable first.
 */
export function castCommit(instance: Instance, out: AgreementEffect[]): void {
  const { position, proposing, voting } = instance
  const { number: view, least } = instance.view
  const proposal = proposing.accepted
  if (proposal?.view !== view || voting.committedView >= view || view < least) return
  const { digest, raw } = proposal.entry
  const votes = [...voting.prepares].filter(([, vote]) => vote.view === view && vote.digest === digest)
  if (votes.length < position.committee.q || proposing.waiting !== undefined) return
  const prepares = votes.map(([peer, vote]): [string, Uint8Array] => [peer, vote.signature])
  const prepared = { view, digest, prepares, entry: raw }
  voting.prepared = { proof: prepared, bodies: proposal.bodies }
  voting.committedView = view
  const bodies = [...proposal.bodies.values()].map((envelope) => envelope.raw)
  out.push({ type: 'persist', record: { kind: 'lock', height: position.height, prepared, bodies } })
  const message = { type: 'commit' as const, ...messagePosition(instance), view, digest }
  out.push({ type: 'send', to: others(instance), message })
  countCommit(instance, instance.self, { view, digest }, out)
}

function countCommit(instance: Instance, from: PeerKey, { view, digest }: Vote, out: AgreementEffect[]): void {
  const { commits } = instance.voting
  const votes = commits.get(from) ?? new Map<number, string>()
  if (votes.has(view)) return
  votes.set(view, digest)
  if (votes.size > COMMITS_KEPT) votes.delete(Math.min(...votes.keys()))
  commits.set(from, votes)
  const proposal = instance.proposing.known.get(digest)
  if (proposal !== undefined && hasQuorumOfCommits(instance, digest)) castHeader(instance, proposal, out)
}

/** Signs the header: only after q commits of one view, and at most one header per height in this witness's life. */
function castHeader(instance: Instance, { headerBytes }: Proposal, out: AgreementEffect[]): void {
  const { voting, self } = instance
  if (instance.abstains || voting.headerVotes.has(self)) return
  if (voting.signed !== undefined && !equalBytes(voting.signed, headerBytes)) return
  const vote = { headerBytes, signature: instance.signer.sign(headerBytes) }
  if (voting.signed === undefined) {
    voting.signed = headerBytes
    out.push({ type: 'persist', record: { kind: 'signed', height: instance.position.height, headerBytes } })
  }
  const message = { type: 'header' as const, ...messagePosition(instance), ...vote }
  out.push({ type: 'send', to: others(instance), message })
  countHeader(instance, self, vote, out)
}

function countHeader(instance: Instance, from: PeerKey, vote: SignedHeader, out: AgreementEffect[]): void {
  instance.voting.headerVotes.set(from, vote)
  const certificate = certified(instance)
  if (certificate !== undefined && decidedBy(instance, certificate) === undefined)
    out.push({ type: 'behind', from, height: instance.position.height })
}

/**
 * Ends the height once q witnesses signed the header of an entry that is known here; at most once per list of
 * effects.
 */
export function decide(instance: Instance, out: AgreementEffect[]): void {
  if (instance.voting.headerVotes.size < instance.position.committee.q) return
  if (out.some((effect) => effect.type === 'decided')) return
  const certificate = certified(instance)
  const proposal = certificate === undefined ? undefined : decidedBy(instance, certificate)
  if (certificate === undefined || proposal === undefined) return
  out.push({ type: 'decided', entry: proposal.entry, bodies: proposal.bodies, certificate })
}

function decidedBy({ proposing }: Instance, certificate: Certificate): Proposal | undefined {
  for (const proposal of proposing.known.values()) {
    if (equalBytes(proposal.headerBytes, certificate.headerBytes)) return proposal
  }
  return undefined
}
