/** View change: a witness that waited too long stops voting in its view and asks for the next leader. */
import { limits } from '../limits.ts'
import { readEnvelope } from '../wire/envelope.ts'
import type { PeerKey } from '../wire/keys.ts'
import { ownContribution, takeContribution } from './collect.ts'
import { type Bodies, readContribution } from './entry.ts'
import { bodiesOf, type Effect, type Instance, leaderOf, others, votePlace, where } from './instance.ts'
import { signViewChange, type ViewChange, type ViewChangeMessage, verifyViewChange } from './messages.ts'
import { enterView } from './propose.ts'

/** Moves to `view`: the promise to vote in no lower one is durable before it is sent. */
export function startViewChange(instance: Instance, view: number, nowMs: number, out: Effect[]): void {
  if (instance.abstains || view <= instance.view || view > limits.viewMax) return
  enterView(instance, view, nowMs)
  instance.leastView = Math.max(instance.leastView, view)
  out.push({ type: 'persist', record: { kind: 'promise', height: instance.height, view } })
  const statement = { from: instance.self, view, prepared: instance.prepared?.proof ?? null }
  const change = signViewChange(votePlace(instance), statement, instance.signer)
  keep(instance, change)
  const own = ownContribution(instance)
  takeContribution(instance, own.contribution, own.bodies)
  instance.contributed = true
  const bodies = new Map([...own.bodies, ...(instance.prepared?.bodies ?? [])])
  const message: ViewChangeMessage = {
    type: 'view-change',
    ...where(instance),
    change,
    contribution: own.contribution.envelope.raw,
    bodies: [...bodies.values()].map((envelope) => envelope.raw),
  }
  out.push({ type: 'send', to: others(instance), message })
}

export function onViewChange(
  instance: Instance,
  from: PeerKey,
  message: ViewChangeMessage,
  nowMs: number,
  out: Effect[],
): void {
  const { change } = message
  if (instance.abstains || change.from !== from || change.view < instance.view || change.view > limits.viewMax) return
  const { committee } = instance
  if (!verifyViewChange(votePlace(instance), change, committee.q, committee.witnesses)) return
  keep(instance, change)
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
  for (const [id, envelope] of bodies) instance.bodies.set(id, envelope)
  const envelope = message.contribution === null ? undefined : readEnvelope(message.contribution, instance.domain)
  const contribution = envelope === undefined ? undefined : readContribution(envelope, instance.domain)
  if (contribution?.envelope.signer === message.change.from) takeContribution(instance, contribution, bodies)
}

/** Keeps each witness's newest change only. */
function keep(instance: Instance, change: ViewChange): void {
  const known = instance.changes.get(change.from)
  if (known === undefined || known.view < change.view) instance.changes.set(change.from, change)
}
