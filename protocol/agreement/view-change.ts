/**
 * View change: a witness that waited too long stops voting in its view and asks for the next leader (PBFT, section
 * 4.4).
 */
import { limits } from '../limits.ts'
import type { AgreementMessageOf, ViewChange } from '../messages/agreement.ts'
import { readEnvelope } from '../wire/envelope.ts'
import type { PeerKey } from '../wire/keys.ts'
import { bodiesOf } from './bodies.ts'
import { ownContribution, takeContribution } from './collect.ts'
import { readContribution } from './contribution.ts'
import type { AgreementEffect } from './effects.ts'
import { enterView } from './enter-view.ts'
import type { Bodies } from './entry.ts'
import { type Instance, keepChange, leaderOf, messagePosition, others, votePosition } from './instance.ts'
import { signViewChange, verifyViewChange } from './signed-votes.ts'

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
 * `change` with all that the next leader may need: this witness's contribution, and the inputs of both it and its
 * lock.
 */
function viewChangeMessage(instance: Instance, change: ViewChange): AgreementMessageOf<'view-change'> {
  const own = ownContribution(instance)
  takeContribution(instance, own.contribution, own.bodies)
  instance.collecting.contributed = true
  const bodies = new Map([...own.bodies, ...(instance.voting.prepared?.bodies ?? [])])
  return {
    type: 'view-change',
    ...messagePosition(instance),
    change,
    contribution: own.contribution.envelope.raw,
    bodies: [...bodies.values()].map((envelope) => envelope.raw),
  }
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
  keepChange(instance, change)
  const bodies = bodiesOf(instance.domain, message.bodies)
  if (bodies.size > 0) out.push({ type: 'learned', from, bodies })
  if (leaderOf(instance, change.view) === instance.self) takeAttachments(instance, message, bodies)
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

function takeAttachments(instance: Instance, message: AgreementMessageOf<'view-change'>, bodies: Bodies): void {
  instance.collecting.bodies.set(`v${message.change.from}`, bodies)
  const envelope = message.contribution === null ? undefined : readEnvelope(message.contribution, instance.domain)
  const contribution = envelope === undefined ? undefined : readContribution(envelope, instance.domain)
  if (contribution?.envelope.signer === message.change.from) takeContribution(instance, contribution, bodies)
}
