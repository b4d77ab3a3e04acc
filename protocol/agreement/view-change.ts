/**
 * View change: a witness that waited too long stops voting in its view and asks for the next leader (PBFT, section
 * 4.4).
 */
import { limits } from '../limits.ts'
import type { AgreementMessageOf, ViewChange } from '../messages/agreement.ts'
import { readEnvelope } from '../wire/envelope.ts'
import type { PeerKey } from '../wire/keys.ts'
import { namedBodies, withKnown } from './bodies.ts'
import { frameBytesOf } from './bounds.ts'
import { ownContribution, takeContribution } from './collect.ts'
import { readContribution, type SignedContribution } from './contribution.ts'
import type { AgreementEffect } from './effects.ts'
import { enterView } from './enter-view.ts'
import { type Bodies, type Entry, inputIds, readEntry } from './entry.ts'
import { type Instance, keepChange, leaderOf, messagePosition, others, votePosition } from './instance.ts'
import { carriesPrepared, signViewChange, verifyViewChange } from './signed-votes.ts'

/** What a view change shows as prepared, of several entries the two of the highest views. */
const LOCKS_KEPT = 2
/** What a frame adds to the message in it. */
const FRAME_HEAD_BYTES = 1_024

/**
 * Moves to `least`, or to the lowest view above it that this witness may vote in: the promise to vote in no lower one
 * is durable before it is sent, and never falls back. Does nothing if this witness is there already, or abstains.
 */
export function startViewChange(
  instance: Instance,
  { least, nowMs }: { readonly least: number; readonly nowMs: number },
  out: AgreementEffect[],
): void {
  const view = Math.max(least, instance.view.least)
  if (instance.abstains || view <= instance.view.number || view > limits.viewMax) return
  enterView(instance, view, nowMs)
  instance.view.least = view
  out.push({ type: 'persist', record: { kind: 'promise', height: instance.position.height, view } })
  const statement = { from: instance.self, view, prepared: instance.voting.prepared?.proof ?? null }
  const change = signViewChange(votePosition(instance), statement, instance.signer)
  keepChange(instance, change)
  const message = viewChangeMessage(instance, change)
  const leader = leaderOf(instance, view)
  const rest = others(instance).filter((peer) => peer !== leader)
  if (leader !== instance.self) out.push({ type: 'send', to: [leader], message })
  // The others need what is attached only if that leader does nothing with it: it comes when the change is said again.
  if (rest.length > 0) out.push({ type: 'send', to: rest, message: { ...message, contribution: null, bodies: [] } })
}

/** Says this witness's view change again, to all others, with all that comes with it. */
export function repeatViewChange(instance: Instance, change: ViewChange, out: AgreementEffect[]): void {
  out.push({ type: 'send', to: others(instance), message: viewChangeMessage(instance, change) })
}

/**
 * `change` with all that the next leader may need: the inputs of this witness's lock, and its contribution with those
 * that it names. Where both are more than a frame, the lock goes alone: a leader without enough contributions asks.
 */
function viewChangeMessage(instance: Instance, change: ViewChange): AgreementMessageOf<'view-change'> {
  const own = ownContribution(instance)
  takeContribution(instance, own.contribution, own.bodies)
  instance.collecting.contributed = true
  const locked = instance.voting.prepared?.bodies ?? new Map()
  const position = messagePosition(instance)
  const all = {
    type: 'view-change' as const,
    ...position,
    change,
    contribution: own.contribution.envelope.raw,
    bodies: rawsOf(new Map([...own.bodies, ...locked])),
  }
  if (frameBytesOf(all) <= limits.frameBytes - FRAME_HEAD_BYTES) return all
  return { ...all, contribution: null, bodies: rawsOf(locked) }
}

function rawsOf(bodies: Bodies): Uint8Array[] {
  return [...bodies.values()].map((envelope) => envelope.raw)
}

/**
 * A witness gave a view up: keeps what it says if it is proven, with its inputs, and joins the highest view to which
 * f + 1 others have moved. As the next leader keeps the contribution too.
 */
export function onViewChange(
  instance: Instance,
  from: PeerKey,
  message: AgreementMessageOf<'view-change'>,
  nowMs: number,
  out: AgreementEffect[],
): void {
  const { change } = message
  if (instance.abstains || change.from !== from) return
  if (change.view < instance.view.number || change.view > limits.viewMax) return
  if (!verifyViewChange(votePosition(instance), change, instance.position.committee)) return
  if (!carriesPrepared(change)) return
  keepChange(instance, change)
  takeAttachments(instance, message, out)
  const joined = viewToJoin(instance)
  if (joined !== undefined) startViewChange(instance, { least: joined, nowMs }, out)
}

/** The highest view above ours to which f + 1 witnesses (so at least one honest one) have moved or gone beyond. */
function viewToJoin(instance: Instance): number | undefined {
  const views: number[] = []
  for (const [peer, change] of instance.view.changes) {
    if (peer !== instance.self && change.view > instance.view.number) views.push(change.view)
  }
  return views.sort((a, b) => b - a)[instance.position.committee.f]
}

/** Learns the inputs that the change came with and names; as the next leader keeps them, and the contribution. */
function takeAttachments(instance: Instance, message: AgreementMessageOf<'view-change'>, out: AgreementEffect[]): void {
  const { change, bodies } = message
  if (bodies.length === 0 && message.contribution === null) return
  const contribution = contributionOf(instance, message)
  const { prepared } = change
  const entry = prepared === null ? undefined : readEntry(prepared.entry, instance.domain)
  const ids = [...(contribution?.inputs ?? []), ...(entry === undefined ? [] : inputIds(entry))]
  const most = (entry?.contributions.length ?? 0) + (contribution === undefined ? 0 : 1)
  const named = namedBodies(instance, bodies, { ids, most })
  if (named.size > 0) out.push({ type: 'learned', from: change.from, bodies: named })
  if (leaderOf(instance, change.view) !== instance.self) return
  if (prepared !== null && entry !== undefined) keepLock(instance, { view: prepared.view, entry, bodies: named })
  if (contribution !== undefined) takeContribution(instance, contribution, named)
}

function contributionOf(
  { domain }: Instance,
  { change, contribution: raw }: AgreementMessageOf<'view-change'>,
): SignedContribution | undefined {
  const envelope = raw === null ? undefined : readEnvelope(raw, domain)
  const contribution = envelope === undefined ? undefined : readContribution(envelope, domain)
  return contribution?.envelope.signer === change.from ? contribution : undefined
}

/** Keeps what a lock needs to be proposed again, if all of it is here; of too many the lowest view goes. */
function keepLock(
  instance: Instance,
  { view, entry, bodies }: { readonly view: number; readonly entry: Entry; readonly bodies: Bodies },
): void {
  const { locks } = instance.collecting
  const complete = withKnown(instance, entry, bodies)
  if (complete.size < inputIds(entry).length) return
  for (const [digest, lock] of [...locks].sort(([, a], [, b]) => a.view - b.view)) {
    if (locks.size < LOCKS_KEPT || locks.has(entry.digest)) break
    if (lock.view > view) return
    locks.delete(digest)
  }
  locks.set(entry.digest, { view, bodies: complete })
}
