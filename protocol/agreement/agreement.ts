/** The machine's three entrances: a message, the passing of time, and "something of mine waits". Each returns effects in order. */
import { equalBytes } from '../wire/hash.ts'
import type { PeerKey } from '../wire/keys.ts'
import { bodiesOf, withKnown } from './bodies.ts'
import { checkCertificate, decodeCertificate } from './certificate.ts'
import { contributeAndAsk, onCollect, onContribute, poke, somethingWaits } from './collect.ts'
import { convict, onLateHeader } from './convict.ts'
import type { AgreementEffect } from './effects.ts'
import { readEntry } from './entry.ts'
import { type Instance, others, votePlace, where } from './instance.ts'
import type { AgreementMessage, Decision } from './messages.ts'
import { signPrepare } from './messages.ts'
import { checkedProposal, maybePropose, onPropose, remember, retryWaiting } from './propose.ts'
import { armViewTimer, resendDelayMs, viewTimeoutMs } from './timers.ts'
import { onViewChange, repeatViewChange, startViewChange } from './view-change.ts'
import { castCommit, certified, decide, onCommit, onHeader, onPrepare, recountCommits } from './vote.ts'

/** Bytes of one message for the next height that are kept (one message per witness and type); larger ones come again by repetition. */
const EARLY_BYTES_MAX = 1024 * 1024

/** A message of an authenticated witness. Whatever it says, the machine stays sound. */
export function receive(
  instance: Instance,
  from: PeerKey,
  message: AgreementMessage,
  nowMs: number,
): AgreementEffect[] {
  const out: AgreementEffect[] = []
  if (!instance.committee.witnesses.includes(from) || from === instance.self) return out
  if (message.account !== instance.account) return out
  if (message.height > instance.height) keepEarly(instance, from, message, nowMs, out)
  if (message.height < instance.height) tellHeight(instance, from, message, out)
  if (message.height === instance.height - 1 && message.type === 'header') onLateHeader(instance, from, message, out)
  if (message.height !== instance.height || message.epoch !== instance.committee.epoch) return out
  instance.heard.add(from)
  dispatch(instance, from, message, nowMs, out)
  return settle(instance, nowMs, out)
}

/** Something changed here: new inputs, a due time, inputs that arrived. */
export function wake(instance: Instance, nowMs: number): AgreementEffect[] {
  const out: AgreementEffect[] = []
  convict(instance, instance.previousSignatures, out)
  if (instance.abstains) return out
  recallLock(instance)
  retryWaiting(instance, out)
  if (instance.view < instance.leastView && somethingWaits(instance)) {
    startViewChange(instance, instance.leastView, nowMs, out)
  }
  poke(instance, nowMs, out)
  return settle(instance, nowMs, out)
}

/** Time passed: give the view up, or say again what may have been lost. */
export function tick(instance: Instance, nowMs: number): AgreementEffect[] {
  const out: AgreementEffect[] = []
  const { viewDeadlineMs, resendAtMs, view } = instance
  if (!instance.abstains && viewDeadlineMs !== undefined && nowMs >= viewDeadlineMs) {
    instance.viewDeadlineMs = nowMs + viewTimeoutMs(instance, view)
    startViewChange(instance, view + 1, nowMs, out)
  } else if (resendAtMs !== undefined && nowMs >= resendAtMs) resend(instance, nowMs, out)
  return settle(instance, nowMs, out)
}

/** When `tick` has something to do; `undefined` if nothing waits. */
export function nextTickMs(instance: Instance): number | undefined {
  const { viewDeadlineMs, resendAtMs } = instance
  if (viewDeadlineMs === undefined || resendAtMs === undefined) return viewDeadlineMs ?? resendAtMs
  return Math.min(viewDeadlineMs, resendAtMs)
}

/** Messages for the height that just began. Replay them with {@link receive}. */
export function takeEarly(instance: Instance): { from: PeerKey; message: AgreementMessage }[] {
  const early: { from: PeerKey; message: AgreementMessage }[] = []
  for (const [from, messages] of instance.early) {
    early.push(
      ...messages.filter((message) => message.height === instance.height).map((message) => ({ from, message })),
    )
    const later = messages.filter((message) => message.height > instance.height)
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
  }
}

/** What any step may have made possible. After a decision the caller moves on to the next height. */
function settle(instance: Instance, nowMs: number, out: AgreementEffect[]): AgreementEffect[] {
  maybePropose(instance, nowMs, out)
  castCommit(instance, out)
  recountCommits(instance, out)
  armViewTimer(instance, nowMs)
  decide(instance, out)
  return out
}

/** A lock that was found on the disk is known again: q commits or headers may decide it. */
function recallLock(instance: Instance): void {
  const { prepared } = instance
  if (prepared === undefined || instance.known.has(prepared.proof.digest)) return
  const entry = readEntry(prepared.proof.entry, instance.domain)
  const proposal = entry && checkedProposal(instance, prepared.proof.view, entry, prepared.bodies)
  if (proposal !== undefined) remember(instance, proposal)
}

/** A witness that is ahead shows the whole decision: nothing of it is believed, all of it is checked. */
function onDecision(instance: Instance, message: Decision, out: AgreementEffect[]): void {
  const certificate = decodeCertificate(message.certificate)
  const entry = readEntry(message.entry, instance.domain)
  if (certificate === undefined || entry === undefined || certificate.header.height !== instance.height) return
  if (
    certificate.header.account !== instance.account ||
    checkCertificate(certificate, instance.committee) !== undefined
  )
    return
  const bodies = withKnown(instance, entry, bodiesOf(instance.domain, message.bodies))
  const proposal = checkedProposal(instance, instance.view, entry, bodies)
  if (proposal === undefined || !equalBytes(proposal.headerBytes, certificate.headerBytes)) return
  out.push({ type: 'decided', entry, bodies: proposal.bodies, certificate })
}

/** Keeps a message for the next height; if this height does not end soon, {@link resend} asks its sender how it ended. */
function keepEarly(
  instance: Instance,
  from: PeerKey,
  message: AgreementMessage,
  nowMs: number,
  out: AgreementEffect[],
): void {
  if (message.height > instance.height + 1) {
    out.push({ type: 'behind', from, height: message.height - 1 })
    return
  }
  instance.resendAtMs ??= nowMs + resendDelayMs(instance)
  if (attachedBytes(message) > EARLY_BYTES_MAX) return
  const others = (instance.early.get(from) ?? []).filter((known) => known.type !== message.type)
  instance.early.set(from, [...others, message])
}

function attachedBytes(message: AgreementMessage): number {
  let bytes = 'entry' in message ? message.entry.length : 0
  if ('bodies' in message) for (const body of message.bodies) bytes += body.length
  return bytes
}

/** A witness that asks for another leader of a height that ended here missed its end: any message of the next height tells it so. */
function tellHeight(instance: Instance, from: PeerKey, message: AgreementMessage, out: AgreementEffect[]): void {
  if (message.type === 'view-change')
    out.push({ type: 'send', to: [from], message: { type: 'collect', ...where(instance) } })
}

/** Says again what this witness said last at this height: frames may be lost, and votes count once. */
function resend(instance: Instance, nowMs: number, out: AgreementEffect[]): void {
  instance.resends++
  instance.resendAtMs = nowMs + resendDelayMs(instance)
  const ahead = askHowItEnded(instance, out)
  if (instance.abstains || (instance.viewDeadlineMs === undefined && instance.view === 0)) {
    // Whoever waits at the next height repeats itself, which asks again; one junk message asks once.
    if (!ahead || certified(instance) === undefined) instance.resendAtMs = undefined
    return
  }
  retryWaiting(instance, out)
  const { proposal, view } = instance
  const ownChange = instance.changes.get(instance.self)
  instance.asked = false
  if (ownChange?.view === view) repeatViewChange(instance, ownChange, out)
  else if (proposal?.view !== view) contributeAndAsk(instance, nowMs, out)
  resendVotes(instance, out)
}

/** Asks one of those that are ahead, another one each time; false if nobody is. */
function askHowItEnded(instance: Instance, out: AgreementEffect[]): boolean {
  const signers = [...(certified(instance)?.signatures.keys() ?? [])]
  const ahead = [...new Set([...instance.early.keys(), ...signers])].filter((peer) => peer !== instance.self)
  const asked = ahead[instance.resends % ahead.length]
  if (asked !== undefined) out.push({ type: 'behind', from: asked, height: instance.height })
  return asked !== undefined
}

function resendVotes(instance: Instance, out: AgreementEffect[]): void {
  const { proposal, view } = instance
  const to = others(instance)
  const header = instance.headerVotes.get(instance.self)
  if (header !== undefined) out.push({ type: 'send', to, message: { type: 'header', ...where(instance), ...header } })
  if (proposal === undefined || proposal.view !== view) return
  const { digest, raw } = proposal.entry
  if (instance.proposedView === view) {
    const bodies = [...proposal.bodies.values()].map((envelope) => envelope.raw)
    const changes = [...instance.justification]
    const late = to.filter((peer) => instance.prepares.get(peer)?.view !== view)
    const message = { type: 'propose' as const, ...where(instance), view, entry: raw, bodies, changes }
    if (late.length > 0) out.push({ type: 'send', to: late, message })
  }
  if (instance.prepares.get(instance.self)?.view === view) {
    const signature = signPrepare(votePlace(instance), view, digest, instance.signer)
    out.push({ type: 'send', to, message: { type: 'prepare', ...where(instance), view, digest, signature } })
  }
  if (instance.committedView === view) {
    out.push({ type: 'send', to, message: { type: 'commit', ...where(instance), view, digest } })
  }
}
