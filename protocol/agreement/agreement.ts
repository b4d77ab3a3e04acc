/**
 * The machine's three entrances: a message, the passing of time, and "something of mine waits". Each returns effects,
 * to be carried out in order. Times are active milliseconds of this witness: any clock that never goes back, the same
 * in all calls.
 */
import { limits } from '../limits.ts'
import type { AgreementMessage, AgreementMessageOf } from '../messages/agreement.ts'
import { equalBytes } from '../wire/hash.ts'
import type { PeerKey } from '../wire/keys.ts'
import { checkedProposal, onPropose, remember, retryWaiting } from './accept.ts'
import { entryBodies, withKnown } from './bodies.ts'
import { frameBytesOf } from './bounds.ts'
import { checkCertificate, decodeCertificate } from './certificate.ts'
import { contributeIfUrgent, onCollect, onContribute, somethingWaits } from './collect.ts'
import { convict, onLateHeader } from './convict.ts'
import type { AgreementEffect } from './effects.ts'
import { readEntry } from './entry.ts'
import { type Instance, messagePosition } from './instance.ts'
import { maybePropose } from './propose.ts'
import { repeat } from './repeat.ts'
import { armViewTimer, repeatDelayMs, viewTimeoutMs } from './timers.ts'
import { onViewChange, startViewChange } from './view-change.ts'
import { castCommit, decide, onCommit, onHeader, onPrepare, recountCommits } from './vote.ts'

/**
 * A message that came from the authenticated peer `from`. Total: whatever it says, this does not throw and the
 * machine stays sound (S1); what is not from a witness of this account, epoch and height, or the heights beside it,
 * changes nothing.
 */
export function receive(
  instance: Instance,
  from: PeerKey,
  message: AgreementMessage,
  nowMs: number,
): AgreementEffect[] {
  const out: AgreementEffect[] = []
  const { account, committee, height } = instance.position
  if (!committee.witnesses.includes(from) || from === instance.self) return out
  if (message.account !== account) return out
  if (message.height > height) keepEarly(instance, from, message, nowMs, out)
  if (message.height < height) tellHeight(instance, from, message, out)
  if (message.height === height - 1 && message.type === 'header') onLateHeader(instance, from, message, out)
  if (message.height !== height || message.epoch !== committee.epoch) return out
  instance.view.heardFrom.add(from)
  dispatch(instance, from, message, nowMs, out)
  return progress(instance, nowMs, out)
}

/** Something changed here: new inputs, a due time, inputs that arrived. Calling it too often is harmless. */
export function wake(instance: Instance, nowMs: number): AgreementEffect[] {
  const out: AgreementEffect[] = []
  convict(instance, instance.proposing.previousSignatures, out)
  if (instance.abstains) return out
  recallLock(instance)
  retryWaiting(instance, out)
  if (instance.view.number < instance.view.least && somethingWaits(instance)) {
    startViewChange(instance, { least: instance.view.least, nowMs }, out)
  }
  contributeIfUrgent(instance, nowMs, out)
  return progress(instance, nowMs, out)
}

/** Time passed: gives the view up, or says again what may have been lost. Does nothing before {@link nextTickMs}. */
export function tick(instance: Instance, nowMs: number): AgreementEffect[] {
  const out: AgreementEffect[] = []
  const { view, repeating } = instance
  if (!instance.abstains && view.deadlineMs !== undefined && nowMs >= view.deadlineMs) {
    view.deadlineMs = nowMs + viewTimeoutMs(instance, view.number)
    startViewChange(instance, { least: view.number + 1, nowMs }, out)
  } else if (repeating.atMs !== undefined && nowMs >= repeating.atMs) repeat(instance, nowMs, out)
  return progress(instance, nowMs, out)
}

/** When `tick` has something to do, on the clock of the other calls; `undefined` if nothing waits. */
export function nextTickMs({ view, repeating }: Instance): number | undefined {
  if (view.deadlineMs === undefined || repeating.atMs === undefined) return view.deadlineMs ?? repeating.atMs
  return Math.min(view.deadlineMs, repeating.atMs)
}

/** Takes out the messages that came early for the height that just began. Replay them with {@link receive}. */
export function takeEarly(instance: Instance): { from: PeerKey; message: AgreementMessage }[] {
  const early: { from: PeerKey; message: AgreementMessage }[] = []
  for (const [from, messages] of instance.early) {
    early.push(
      ...messages
        .filter((message) => message.height === instance.position.height)
        .map((message) => ({ from, message })),
    )
    const later = messages.filter((message) => message.height > instance.position.height)
    if (later.length > 0) instance.early.set(from, later)
    else instance.early.delete(from)
  }
  return early
}

function dispatch(
  instance: Instance,
  from: PeerKey,
  message: AgreementMessage,
  nowMs: number,
  out: AgreementEffect[],
): void {
  switch (message.type) {
    case 'collect':
      onCollect(instance, from, nowMs, out)
      break
    case 'contribute':
      onContribute(instance, from, message, nowMs, out)
      break
    case 'propose':
      onPropose(instance, from, message, nowMs, out)
      break
    case 'prepare':
      onPrepare(instance, from, message, out)
      break
    case 'commit':
      onCommit(instance, from, message, out)
      break
    case 'header':
      onHeader(instance, from, message, out)
      break
    case 'view-change':
      onViewChange(instance, from, message, nowMs, out)
      break
    case 'decision':
      onDecision(instance, message, out)
      break
    default:
      message satisfies never
  }
}

/** What any step may have made possible. After a decision the caller moves on to the next height. */
function progress(instance: Instance, nowMs: number, out: AgreementEffect[]): AgreementEffect[] {
  maybePropose(instance, nowMs, out)
  castCommit(instance, out)
  recountCommits(instance, out)
  armViewTimer(instance, nowMs)
  decide(instance, out)
  return out
}

/** A lock that was found on the disk is known again: q commits or headers may decide it. */
function recallLock(instance: Instance): void {
  const { prepared } = instance.voting
  if (prepared === undefined || instance.proposing.known.has(prepared.proof.digest)) return
  const entry = readEntry(prepared.proof.entry, instance.domain)
  const proposal = entry && checkedProposal(instance, { view: prepared.proof.view, entry, bodies: prepared.bodies })
  if (proposal !== undefined) remember(instance, proposal)
}

/** A witness that is ahead shows the whole decision: nothing of it is believed, all of it is checked. */
function onDecision(instance: Instance, message: AgreementMessageOf<'decision'>, out: AgreementEffect[]): void {
  const certificate = decodeCertificate(message.certificate)
  const entry = readEntry(message.entry, instance.domain)
  if (certificate === undefined || entry === undefined || certificate.header.height !== instance.position.height) return
  if (certificate.header.account !== instance.position.account) return
  if (checkCertificate(certificate, instance.position.committee) !== undefined) return
  const bodies = withKnown(instance, entry, entryBodies(instance, entry, message.bodies))
  const proposal = checkedProposal(instance, { view: instance.view.number, entry, bodies })
  if (proposal === undefined || !equalBytes(proposal.headerBytes, certificate.headerBytes)) return
  out.push({ type: 'decided', entry, bodies: proposal.bodies, certificate })
}

/**
 * Keeps a message for the next height, of each witness the newest of each type within
 * `limits.earlyBytesPerWitness`; if this height does not end soon, {@link repeat} asks its sender how it ended.
 */
function keepEarly(
  instance: Instance,
  from: PeerKey,
  message: AgreementMessage,
  nowMs: number,
  out: AgreementEffect[],
): void {
  if (message.height > instance.position.height + 1) {
    out.push({ type: 'behind', from, height: message.height - 1 })
    return
  }
  instance.repeating.atMs ??= nowMs + repeatDelayMs(instance)
  const rest = (instance.early.get(from) ?? []).filter((known) => known.type !== message.type)
  const kept = [...rest, message]
  if (kept.reduce((bytes, each) => bytes + frameBytesOf(each), 0) > limits.earlyBytesPerWitness) return
  instance.early.set(from, kept)
}

/**
 * A witness that asks for another leader of a height that ended here missed that: any message of the next height
 * tells it.
 */
function tellHeight(instance: Instance, from: PeerKey, message: AgreementMessage, out: AgreementEffect[]): void {
  if (message.type === 'view-change')
    out.push({ type: 'send', to: [from], message: { type: 'collect', ...messagePosition(instance) } })
}
