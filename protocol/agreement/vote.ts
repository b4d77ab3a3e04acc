/** Vote: prepare, commit and, once q committed, the header. Each record is durable before the vote that it backs is sent. */
import { equalBytes } from '../wire/hash.ts'
import { decodeHeader } from '../wire/header.ts'
import { type PeerKey, verifySignature } from '../wire/keys.ts'
import type { Certificate } from './certificate.ts'
import type { AgreementEffect, SignedHeader } from './effects.ts'
import { type Instance, others, type Proposal, votePlace, where } from './instance.ts'
import { type Commit, type HeaderVote, isHeaderAt, type Prepare, signPrepare, verifyPrepare } from './messages.ts'

/** Commit votes remembered per witness, the highest views. */
const COMMITS_KEPT = 8

/** Prepares `proposal` if this witness may still vote in its view. */
export function castPrepare(instance: Instance, proposal: Proposal, out: AgreementEffect[]): void {
  const { view, entry } = proposal
  if (view !== instance.view || view < instance.leastView || instance.abstains) return
  const signature = signPrepare(votePlace(instance), view, entry.digest, instance.signer)
  out.push({
    type: 'send',
    to: others(instance),
    message: { type: 'prepare', ...where(instance), view, digest: entry.digest, signature },
  })
  instance.prepares.set(instance.self, { view, digest: entry.digest, signature })
  castCommit(instance, out)
}

export function onPrepare(instance: Instance, from: PeerKey, message: Prepare, out: AgreementEffect[]): void {
  const { view, digest, signature } = message
  if (instance.abstains || view < instance.view || instance.committedView >= view) return
  if ((instance.prepares.get(from)?.view ?? -1) >= view) return
  if (!verifyPrepare(votePlace(instance), { ...message, peer: from })) return
  instance.prepares.set(from, { view, digest, signature })
  castCommit(instance, out)
}

export function onCommit(instance: Instance, from: PeerKey, message: Commit, out: AgreementEffect[]): void {
  countCommit(instance, from, message.view, message.digest, out)
}

export function onHeader(instance: Instance, from: PeerKey, message: HeaderVote, out: AgreementEffect[]): void {
  if (!isHeaderAt(message.headerBytes, votePlace(instance))) return
  const known = instance.headerVotes.get(from)
  if (known !== undefined && equalBytes(known.headerBytes, message.headerBytes)) return
  if (!verifySignature(from, message.headerBytes, message.signature)) return
  const vote: SignedHeader = { headerBytes: message.headerBytes, signature: message.signature }
  if (known !== undefined) out.push({ type: 'evidence', witness: from, headers: [known, vote] })
  else countHeader(instance, from, vote, out)
}

/** The header that q witnesses signed, if there is one: the certificate that ends this height. Its entry may be unknown here. */
export function certified(instance: Instance): Certificate | undefined {
  for (const [, candidate] of instance.headerVotes) {
    const signatures = new Map<PeerKey, Uint8Array>()
    for (const peer of instance.committee.witnesses) {
      const vote = instance.headerVotes.get(peer)
      if (vote !== undefined && equalBytes(vote.headerBytes, candidate.headerBytes))
        signatures.set(peer, vote.signature)
    }
    const header = decodeHeader(candidate.headerBytes)
    if (signatures.size >= instance.committee.q && header !== undefined) {
      return { header, headerBytes: candidate.headerBytes, signatures }
    }
  }
  return undefined
}

/** Looks again whether q commits of one view are for something that is known by now. */
export function recountCommits(instance: Instance, out: AgreementEffect[]): void {
  for (const proposal of instance.known.values()) {
    if (hasQuorumOfCommits(instance, proposal.entry.digest)) castHeader(instance, proposal, out)
  }
}

function hasQuorumOfCommits(instance: Instance, digest: string): boolean {
  const perView = new Map<number, number>()
  for (const votes of instance.commits.values()) {
    for (const [view, voted] of votes) if (voted === digest) perView.set(view, (perView.get(view) ?? 0) + 1)
  }
  return [...perView.values()].some((count) => count >= instance.committee.q)
}

/** Commits once q prepared what this witness accepted: the lock is durable first. */
export function castCommit(instance: Instance, out: AgreementEffect[]): void {
  const { proposal, view } = instance
  if (proposal === undefined || proposal.view !== view || instance.committedView >= view || view < instance.leastView)
    return
  const { digest, raw } = proposal.entry
  const votes = [...instance.prepares].filter(([, vote]) => vote.view === view && vote.digest === digest)
  if (votes.length < instance.committee.q || instance.waiting !== undefined) return
  const prepares = votes.map(([peer, vote]): [string, Uint8Array] => [peer, vote.signature])
  const proof = { view, digest, prepares, entry: raw }
  instance.prepared = { proof, bodies: proposal.bodies }
  instance.committedView = view
  const bodies = [...proposal.bodies.values()].map((envelope) => envelope.raw)
  out.push({ type: 'persist', record: { kind: 'lock', height: instance.height, prepared: proof, bodies } })
  out.push({ type: 'send', to: others(instance), message: { type: 'commit', ...where(instance), view, digest } })
  countCommit(instance, instance.self, view, digest, out)
}

function countCommit(instance: Instance, from: PeerKey, view: number, digest: string, out: AgreementEffect[]): void {
  const votes = instance.commits.get(from) ?? new Map<number, string>()
  if (votes.has(view)) return
  votes.set(view, digest)
  if (votes.size > COMMITS_KEPT) votes.delete(Math.min(...votes.keys()))
  instance.commits.set(from, votes)
  const proposal = instance.known.get(digest)
  if (proposal !== undefined && hasQuorumOfCommits(instance, digest)) castHeader(instance, proposal, out)
}

/** Signs the header: only after q commits of one view, and at most one header per height in this witness's life. */
function castHeader(instance: Instance, proposal: Proposal, out: AgreementEffect[]): void {
  if (instance.abstains || instance.headerVotes.has(instance.self)) return
  if (instance.signed !== undefined && !equalBytes(instance.signed, proposal.headerBytes)) return
  const { headerBytes } = proposal
  const signature = instance.signer.sign(headerBytes)
  if (instance.signed === undefined) {
    instance.signed = headerBytes
    out.push({ type: 'persist', record: { kind: 'signed', height: instance.height, headerBytes } })
  }
  out.push({
    type: 'send',
    to: others(instance),
    message: { type: 'header', ...where(instance), headerBytes, signature },
  })
  countHeader(instance, instance.self, { headerBytes, signature }, out)
}

function countHeader(instance: Instance, from: PeerKey, vote: SignedHeader, out: AgreementEffect[]): void {
  instance.headerVotes.set(from, vote)
  const certificate = certified(instance)
  if (certificate !== undefined && decidedBy(instance, certificate) === undefined)
    out.push({ type: 'behind', from, height: instance.height })
}

/** Ends the height once q witnesses signed the header of an entry that is known here. */
export function decide(instance: Instance, out: AgreementEffect[]): void {
  if (instance.headerVotes.size < instance.committee.q || out.some((effect) => effect.type === 'decided')) return
  const certificate = certified(instance)
  const proposal = certificate === undefined ? undefined : decidedBy(instance, certificate)
  if (certificate === undefined || proposal === undefined) return
  out.push({ type: 'decided', entry: proposal.entry, bodies: proposal.bodies, certificate })
}

function decidedBy(instance: Instance, certificate: Certificate): Proposal | undefined {
  for (const proposal of instance.known.values()) {
    if (equalBytes(proposal.headerBytes, certificate.headerBytes)) return proposal
  }
  return undefined
}
