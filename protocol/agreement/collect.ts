/** Collect: each witness sends the leader what it knows; the leader asks those that have nothing urgent to say. */

import { limits } from '../limits.ts'
import { type Envelope, readEnvelope } from '../wire/envelope.ts'
import type { PeerKey } from '../wire/keys.ts'
import { bodiesOf, findBody } from './bodies.ts'
import type { AgreementEffect } from './effects.ts'
import { type Bodies, fits, readContribution, type SignedContribution, sealContribution } from './entry.ts'
import { type Instance, leaderOf, others, positionOf, where } from './instance.ts'
import type { Contribute } from './messages.ts'
import { armTimer } from './timers.ts'

/** True if this height should not stay undecided: an input waits, or a vote of this witness may already have decided it somewhere. */
export function somethingWaits(instance: Instance): boolean {
  return instance.prepared !== undefined || instance.signed !== undefined || instance.application.urgent()
}

/** Looks whether something waits to be served; if so contributes, and as leader asks the others. */
export function poke(instance: Instance, nowMs: number, out: AgreementEffect[]): void {
  if (instance.abstains || !somethingWaits(instance)) return
  armTimer(instance, nowMs)
  if (!instance.contributed) contributeAndAsk(instance, nowMs, out)
}

/** Contributes (again), and as leader asks those that did not yet. */
export function contributeAndAsk(instance: Instance, nowMs: number, out: AgreementEffect[]): void {
  contribute(instance, nowMs, out)
  if (leaderOf(instance, instance.view) === instance.self) askOthers(instance, out)
}

/** The leader asked: contribute even if nothing is urgent. */
export function onCollect(instance: Instance, from: PeerKey, nowMs: number, out: AgreementEffect[]): void {
  if (instance.abstains || from !== leaderOf(instance, instance.view)) return
  // A contribution of just now is on its way; if it was lost, the leader asks again.
  if (instance.contributed && nowMs < instance.contributedMs + limits.resendMs / 2) return
  contribute(instance, nowMs, out)
}

export function onContribute(
  instance: Instance,
  from: PeerKey,
  message: Contribute,
  nowMs: number,
  out: AgreementEffect[],
): void {
  if (instance.abstains || leaderOf(instance, instance.view) !== instance.self) return
  const envelope = readEnvelope(message.contribution, instance.domain)
  const contribution = envelope === undefined ? undefined : readContribution(envelope, instance.domain)
  if (contribution === undefined || contribution.envelope.signer !== from) return
  takeContribution(instance, contribution, bodiesOf(instance.domain, message.bodies))
  armTimer(instance, nowMs)
  if (!instance.contributed) contribute(instance, nowMs, out)
  if (instance.contributions.size < instance.committee.q) askOthers(instance, out)
}

/** Keeps a valid contribution to this height whose bodies are all here. */
export function takeContribution(instance: Instance, contribution: SignedContribution, bodies: Bodies): void {
  const { signer } = contribution.envelope
  if (!fits(contribution, positionOf(instance)) || !instance.committee.witnesses.includes(signer)) return
  const found = contribution.inputs.map((id) => bodies.get(id) ?? findBody(instance, id))
  const named = new Map<string, Envelope>()
  for (const envelope of found) {
    if (envelope === undefined) return
    named.set(envelope.id, envelope)
  }
  instance.held.set(`c${signer}`, named)
  instance.contributions.set(signer, contribution)
}

/** This witness's contribution to the current height, with the bodies of what it names. */
export function ownContribution(instance: Instance): { contribution: SignedContribution; bodies: Bodies } {
  const { draft, bodies } = instance.application.contribute()
  const { account, epoch, height } = where(instance)
  const statement = { account, epoch, height, previous: instance.previous, ...draft }
  return { contribution: sealContribution(statement, instance.domain, instance.signer), bodies }
}

function contribute(instance: Instance, nowMs: number, out: AgreementEffect[]): void {
  const { contribution, bodies } = ownContribution(instance)
  instance.contributed = true
  instance.contributedMs = nowMs
  // Kept by those that do not lead, too: a proposal comes without the inputs that its reader named.
  takeContribution(instance, contribution, bodies)
  const leader = leaderOf(instance, instance.view)
  if (leader === instance.self) return
  const raws = [...bodies.values()].map((envelope) => envelope.raw)
  const message = {
    type: 'contribute' as const,
    ...where(instance),
    contribution: contribution.envelope.raw,
    bodies: raws,
  }
  out.push({ type: 'send', to: [leader], message })
}

function askOthers(instance: Instance, out: AgreementEffect[]): void {
  if (instance.asked) return
  instance.asked = true
  const missing = others(instance).filter((peer) => !instance.contributions.has(peer))
  if (missing.length > 0) out.push({ type: 'send', to: missing, message: { type: 'collect', ...where(instance) } })
}
