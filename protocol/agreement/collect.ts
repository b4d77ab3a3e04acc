/** Collect: each witness sends the leader what it knows; the leader asks those that have nothing urgent to say. */

import { readEnvelope } from '../wire/envelope.ts'
import type { PeerKey } from '../wire/keys.ts'
import { type Bodies, fits, inputIds, readContribution, type SignedContribution, sealContribution } from './entry.ts'
import { armTimer, bodiesOf, type Effect, type Instance, leaderOf, others, positionOf, where } from './instance.ts'
import type { Contribute } from './messages.ts'

/** Looks whether something waits to be served; if so contributes it, and as leader asks the others. */
export function poke(instance: Instance, nowMs: number, out: Effect[]): void {
  if (instance.abstains) return
  const { urgent } = instance.application.contribute()
  if (!urgent) return
  armTimer(instance, nowMs)
  if (instance.contributed) return
  contribute(instance, out)
  if (leaderOf(instance, instance.view) === instance.self) askOthers(instance, out)
}

/** The leader asked: contribute even if nothing is urgent. */
export function onCollect(instance: Instance, from: PeerKey, out: Effect[]): void {
  if (instance.abstains || from !== leaderOf(instance, instance.view)) return
  contribute(instance, out)
}

export function onContribute(
  instance: Instance,
  from: PeerKey,
  message: Contribute,
  nowMs: number,
  out: Effect[],
): void {
  if (instance.abstains || leaderOf(instance, instance.view) !== instance.self) return
  const envelope = readEnvelope(message.contribution, instance.domain)
  const contribution = envelope === undefined ? undefined : readContribution(envelope, instance.domain)
  if (contribution === undefined || contribution.envelope.signer !== from) return
  takeContribution(instance, contribution, bodiesOf(instance.domain, message.bodies))
  armTimer(instance, nowMs)
  if (!instance.contributed) contribute(instance, out)
  askOthers(instance, out)
}

/** Keeps a valid contribution to this height whose bodies are all here. */
export function takeContribution(instance: Instance, contribution: SignedContribution, bodies: Bodies): void {
  const { signer } = contribution.envelope
  if (!fits(contribution, positionOf(instance)) || !instance.committee.witnesses.includes(signer)) return
  const found = contribution.inputs.map(
    (id) => bodies.get(id) ?? instance.bodies.get(id) ?? instance.application.body(id),
  )
  for (const envelope of found) if (envelope === undefined) return
  for (const envelope of found) if (envelope !== undefined) instance.bodies.set(envelope.id, envelope)
  instance.contributions.set(signer, contribution)
}

/** This witness's contribution to the current height, with the bodies of what it names. */
export function ownContribution(instance: Instance): { contribution: SignedContribution; bodies: Bodies } {
  const { draft, bodies } = instance.application.contribute()
  const { account, epoch, height } = where(instance)
  const statement = { account, epoch, height, previous: instance.previous, ...draft }
  return { contribution: sealContribution(statement, instance.domain, instance.signer), bodies }
}

function contribute(instance: Instance, out: Effect[]): void {
  const { contribution, bodies } = ownContribution(instance)
  instance.contributed = true
  const leader = leaderOf(instance, instance.view)
  if (leader === instance.self) {
    takeContribution(instance, contribution, bodies)
    return
  }
  const raws = [...bodies.values()].map((envelope) => envelope.raw)
  const message = {
    type: 'contribute' as const,
    ...where(instance),
    contribution: contribution.envelope.raw,
    bodies: raws,
  }
  out.push({ type: 'send', to: [leader], message })
}

function askOthers(instance: Instance, out: Effect[]): void {
  if (instance.asked || instance.contributions.size >= instance.committee.n) return
  const missing = others(instance).filter((peer) => !instance.contributions.has(peer))
  if (instance.contributions.size >= instance.committee.q) return
  instance.asked = true
  out.push({ type: 'send', to: missing, message: { type: 'collect', ...where(instance) } })
}

/** All bodies of the inputs that `contributions` name; `undefined` if one is missing. */
export function unionBodies(
  instance: Instance,
  contributions: readonly SignedContribution[],
): Map<string, NonNullable<ReturnType<Bodies['get']>>> | undefined {
  const bodies = new Map<string, NonNullable<ReturnType<Bodies['get']>>>()
  for (const id of inputIds({ contributions })) {
    const envelope = instance.bodies.get(id) ?? instance.application.body(id)
    if (envelope === undefined) return undefined
    bodies.set(id, envelope)
  }
  return bodies
}
