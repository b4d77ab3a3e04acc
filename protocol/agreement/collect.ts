/** Collect: each witness sends the leader what it knows; the leader asks those that have nothing urgent to say. */
import { limits } from '../limits.ts'
import type { AgreementMessageOf } from '../messages/agreement.ts'
import { type Envelope, readEnvelope } from '../wire/envelope.ts'
import type { PeerKey } from '../wire/keys.ts'
import { findBody, namedBodies } from './bodies.ts'
import { isWithinBounds } from './bounds.ts'
import { readContribution, type SignedContribution, sealContribution } from './contribution.ts'
import type { AgreementEffect } from './effects.ts'
import { type Bodies, fits } from './entry.ts'
import { type Instance, isLeader, leaderOf, messagePosition, others } from './instance.ts'
import { armTimer } from './timers.ts'

/**
 * True if this height should not stay undecided: an input waits, or this witness's vote may already have decided it
 * somewhere.
 */
export function somethingWaits({ voting, application }: Instance): boolean {
  return voting.prepared !== undefined || voting.signed !== undefined || application.urgent()
}

/** If something waits to be served: starts the timers and contributes, once per view; as leader asks the others. */
export function contributeIfUrgent(instance: Instance, nowMs: number, out: AgreementEffect[]): void {
  if (instance.abstains || !somethingWaits(instance)) return
  armTimer(instance, nowMs)
  if (!instance.collecting.contributed) contributeAndAsk(instance, nowMs, out)
}

/** Contributes (again), and as leader asks those that did not yet, unless they were asked. */
export function contributeAndAsk(instance: Instance, nowMs: number, out: AgreementEffect[]): void {
  contribute(instance, nowMs, out)
  if (isLeader(instance)) askOthers(instance, out)
}

/** The leader asked: contributes even if nothing is urgent. */
export function onCollect(instance: Instance, from: PeerKey, nowMs: number, out: AgreementEffect[]): void {
  if (instance.abstains || from !== leaderOf(instance, instance.view.number)) return
  // A contribution of just now is on its way; if it was lost, the leader asks again.
  const { contributed, contributedMs } = instance.collecting
  if (contributed && nowMs < contributedMs + limits.resendMs / 2) return
  contribute(instance, nowMs, out)
}

/**
 * As leader: keeps the contribution if its author sent it, adds this witness's own, and asks the others while q are
 * not here.
 */
export function onContribute(
  instance: Instance,
  from: PeerKey,
  message: AgreementMessageOf<'contribute'>,
  nowMs: number,
  out: AgreementEffect[],
): void {
  if (instance.abstains || !isLeader(instance)) return
  const envelope = readEnvelope(message.contribution, instance.domain)
  const contribution = envelope === undefined ? undefined : readContribution(envelope, instance.domain)
  if (contribution === undefined || contribution.envelope.signer !== from) return
  takeContribution(instance, contribution, namedBodies(instance, message.bodies, { ids: contribution.inputs, most: 1 }))
  armTimer(instance, nowMs)
  if (!instance.collecting.contributed) contribute(instance, nowMs, out)
  if (instance.collecting.contributions.size < instance.position.committee.q) askOthers(instance, out)
}

/**
 * Keeps a contribution to this height, of a witness, that is within its bounds and whose bodies are all here or in
 * `bodies`. Any other changes nothing.
 */
export function takeContribution(instance: Instance, contribution: SignedContribution, bodies: Bodies): void {
  const { signer } = contribution.envelope
  if (!fits(contribution, instance.position) || !instance.position.committee.witnesses.includes(signer)) return
  const found = contribution.inputs.map((id) => bodies.get(id) ?? findBody(instance, id))
  const named = new Map<string, Envelope>()
  for (const envelope of found) {
    if (envelope === undefined) return
    named.set(envelope.id, envelope)
  }
  if (!isWithinBounds(contribution, named, instance.application)) return
  instance.collecting.bodies.set(signer, named)
  instance.collecting.contributions.set(signer, contribution)
}

/** This witness's contribution to the current height, with the bodies of what it names. */
export function ownContribution(instance: Instance): { contribution: SignedContribution; bodies: Bodies } {
  const { draft, bodies } = instance.application.contribute()
  const statement = { ...messagePosition(instance), previous: instance.position.previous, ...draft }
  return { contribution: sealContribution(statement, instance.domain, instance.signer), bodies }
}

function contribute(instance: Instance, nowMs: number, out: AgreementEffect[]): void {
  const { contribution, bodies } = ownContribution(instance)
  instance.collecting.contributed = true
  instance.collecting.contributedMs = nowMs
  // Kept by those that do not lead, too: a proposal comes without the inputs that its reader named.
  takeContribution(instance, contribution, bodies)
  if (isLeader(instance)) return
  const raws = [...bodies.values()].map((envelope) => envelope.raw)
  const message = {
    type: 'contribute' as const,
    ...messagePosition(instance),
    contribution: contribution.envelope.raw,
    bodies: raws,
  }
  out.push({ type: 'send', to: [leaderOf(instance, instance.view.number)], message })
}

function askOthers(instance: Instance, out: AgreementEffect[]): void {
  if (instance.collecting.asked) return
  instance.collecting.asked = true
  const missing = others(instance).filter((peer) => !instance.collecting.contributions.has(peer))
  if (missing.length > 0)
    out.push({ type: 'send', to: missing, message: { type: 'collect', ...messagePosition(instance) } })
}
