/** View change: a witness that waited too long stops voting in its view and asks for the next leader. */
import { limits } from '../limits.ts'
import { readEnvelope } from '../wire/envelope.ts'
import type { PeerKey } from '../wire/keys.ts'
import { bodiesOf } from './bodies.ts'
import { ownContribution, takeContribution } from './collect.ts'
import type { AgreementEffect } from './effects.ts'
import { type Bodies, readContribution } from './entry.ts'
import { type Instance, keepChange, leaderOf, others, votePlace, where } from './instance.ts'
import { signViewChange, type ViewChange, type ViewChangeMessage, verifyViewChange } from './messages.ts'
import { enterView } from './propose.ts'

/**
 * Moves to `least`, or to the lowest view above it that this witness may vote in: the promise to vote in no lower one is durable
 * before it is sent, and never falls back.
 */
export function startViewChange(instance: Instance, least: number, nowMs: number, out: AgreementEffect[]): void {
  const view = Math.max(least, instance.leastView)
  if (instance.abstains || view <= instance.view || view > limits.viewMax) return
  enterView(instance, view, nowMs)
  instance.leastView = view
  out.push({ type: 'persist', record: { kind: 'promise', height: instance.height, view } })
  const statement = { from: instance.self, view, prepared: instance.prepared?.proof ?? null }
  const change = signViewChange(votePlace(instance), statement, instance.signer)
  keepChange(instance, change)
  const message = viewChangeMessage(instance, change)
  const leader = leaderOf(instance, view)
  const rest = others(instance).filter((peer) => peer !== leader)
  if (leader !== instance.self) out.push({ type: 'send', to: [leader], message })
  // The others need what is attached only if that leader does nothing with it: it comes when the change is said again.
  if (rest.length > 0) out.push({ type: 'send', to: rest, message: { ...message, contribution: null, bodies: [] } })
}

/** Says a view change again, to all others, with all that comes with it. */
export function repeatViewChange(instance: Instance, change: ViewChange, out: AgreementEffect[]): void {
  out.push({ type: 'send', to: others(instance), message: viewChangeMessage(instance, change) })
}

/** `change` with all that the next leader may need: this witness's contribution, and the inputs of both it and its lock. */
function viewChangeMessage(instance: Instance, change: ViewChange): ViewChangeMessage {
  const own = ownContribution(instance)
  takeContribution(instance, own.contribution, own.bodies)
  instance.contributed = true
  const bodies = new Map([...own.bodies, ...(instance.prepared?.bodies ?? [])])
  return {
    type: 'view-change',
    ...where(instance),
    change,
    contribution: own.contribution.envelope.raw,
    bodies: [...bodies.values()].map((envelope) => envelope.raw),
  }
}

export function onViewChange(
  instance: Instance,
  from: PeerKey,
  message: ViewChangeMessage,
  nowMs: number,
  out: AgreementEffect[],
): void {
  const { change } = message
  if (instance.abstains || change.from !== from || change.view < instance.view || change.view > limits.viewMax) return
  const { committee } = instance
  if (!verifyViewChange(votePlace(instance), change, committee.q, committee.witnesses)) return
  keepChange(instance, change)
  const bodies = bodiesOf(instance.domain, message.bodies)
  if (bodies.size > 0) out.push({ type: 'learned', from, bodies })
  if (leaderOf(instance, change.view) === instance.self) takeAttachments(instance, message, bodies)
  const joined = viewToJoin(instance)
  if (joined !== undefined) startViewChange(instance, joined, nowMs, out)
}

/** The highest view above ours to which f + 1 witnesses (so at least one honest one) have moved or gone beyond. */
function viewToJoin(instance: Instance): number | undefined {
  const views: number[] = []
  for (const [peer, change] of instance.changes) {
    if (peer !== instance.self && change.view > instance.view) views.push(change.view)
  }
  return views.sort((a, b) => b - a)[instance.committee.f]
}

function takeAttachments(instance: Instance, message: ViewChangeMessage, bodies: Bodies): void {
  instance.held.set(`v${message.change.from}`, bodies)
  const envelope = message.contribution === null ? undefined : readEnvelope(message.contribution, instance.domain)
  const contribution = envelope === undefined ? undefined : readContribution(envelope, instance.domain)
  if (contribution?.envelope.signer === message.change.from) takeContribution(instance, contribution, bodies)
}
