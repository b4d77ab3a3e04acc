/**
 * Convict: a witness that signed two headers of one height. Where both reach one witness, `vote` sees it; here what
 * it said to this witness alone is held against its signature in the certificate, which everybody gets. Evidence is
 * complete in itself: two headers, two signatures.
 */
import type { AgreementMessageOf } from '../messages/agreement.ts'
import { equalBytes } from '../wire/hash.ts'
import { type PeerKey, verifySignature } from '../wire/keys.ts'
import type { AgreementEffect, SignedHeader } from './effects.ts'
import type { Instance } from './instance.ts'
import { isHeaderAt } from './signed-votes.ts'

/**
 * The other witnesses' header votes of the present height for another header than the certified one; none if none is
 * certified.
 */
export function conflictingVotesOf(instance: Instance, certified: Uint8Array | undefined): Map<PeerKey, SignedHeader> {
  const conflictingVotes = new Map<PeerKey, SignedHeader>()
  if (certified === undefined) return conflictingVotes
  for (const [peer, vote] of instance.voting.headerVotes) {
    if (peer !== instance.self && !equalBytes(vote.headerBytes, certified)) conflictingVotes.set(peer, vote)
  }
  return conflictingVotes
}

/**
 * Holds the conflicting votes of the height before against verified `signatures` of its certified header. Each is
 * used once.
 */
export function convict(
  instance: Instance,
  signatures: ReadonlyMap<PeerKey, Uint8Array>,
  out: AgreementEffect[],
): void {
  const { conflictingVotes } = instance.evidence
  const { before } = instance.position
  if (conflictingVotes.size === 0 || before === undefined) return
  for (const [witness, vote] of conflictingVotes) {
    const signature = signatures.get(witness)
    if (signature === undefined) continue
    conflictingVotes.delete(witness)
    out.push({ type: 'evidence', witness, headers: [{ headerBytes: before.headerBytes, signature }, vote] })
  }
}

/** A header vote of the height before that came when it was over: kept, once verified, if it is for another header. */
export function onLateHeader(
  instance: Instance,
  from: PeerKey,
  message: AgreementMessageOf<'header'>,
  out: AgreementEffect[],
): void {
  const { conflictingVotes } = instance.evidence
  const { account, before, height } = instance.position
  if (before === undefined || conflictingVotes.has(from) || equalBytes(message.headerBytes, before.headerBytes)) return
  const { epoch, witnesses } = before.committee
  if (!witnesses.includes(from)) return
  const position = { domain: instance.domain, account, epoch, height: height - 1 }
  if (!isHeaderAt(message.headerBytes, position)) return
  if (!verifySignature(from, message.headerBytes, message.signature)) return
  conflictingVotes.set(from, { headerBytes: message.headerBytes, signature: message.signature })
  convict(instance, instance.proposing.previousSignatures, out)
}
