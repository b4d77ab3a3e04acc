/** The machine's three entrances: a message, the passing of time, and "something of mine waits". Each returns effects in order. */
import { limits } from '../limits.ts'
import { equalBytes } from '../wire/hash.ts'
import type { PeerKey } from '../wire/keys.ts'
import { checkCertificate, decodeCertificate } from './certificate.ts'
import { onCollect, onContribute, poke } from './collect.ts'
import { readEntry } from './entry.ts'
import { bodiesOf, changesToView, type Effect, type Instance, leaderOf, others, votePlace, where } from './instance.ts'
import type { AgreementMessage, Decision, ViewChangeMessage } from './messages.ts'
import { signPrepare } from './messages.ts'
import { checkedProposal, maybePropose, onPropose, retryWaiting } from './propose.ts'
import { onViewChange, startViewChange } from './view-change.ts'
import { castCommit, onCommit, onHeader, onPrepare, recountCommits } from './vote.ts'

/** Early messages kept per witness. */
const EARLY_MAX = 12

/** A message of an authenticated witness. Whatever it says, the machine stays sound. */
export function receive(instance: Instance, from: PeerKey, message: AgreementMessage, nowMs: number): Effect[] {
  const out: Effect[] = []
  if (!instance.committee.witnesses.includes(from) || from === instance.self) return out
  if (message.account !== instance.account || message.epoch !== instance.committee.epoch) return out
  if (message.height > instance.height) keepEarly(instance, from, message, out)
  if (message.height !== instance.height) return out
  dispatch(instance, from, message, nowMs, out)
  return settle(instance, nowMs, out)
}

/** Something changed here: new inputs, a due time, inputs that arrived. */
export function wake(instance: Instance, nowMs: number): Effect[] {
  const out: Effect[] = []
  if (instance.abstains) return out
  retryWaiting(instance, out)
  if (instance.view < instance.leastView && instance.application.contribute().urgent) {
    startViewChange(instance, instance.leastView, nowMs, out)
  }
  poke(instance, nowMs, out)
  return settle(instance, nowMs, out)
}

/** Time passed: give the view up, or say again what may have been lost. */
export function tick(instance: Instance, nowMs: number): Effect[] {
  const out: Effect[] = []
  if (instance.abstains || instance.viewDeadlineMs === undefined) return out
  if (nowMs >= instance.viewDeadlineMs)
    startViewChange(instance, Math.max(instance.view + 1, instance.leastView), nowMs, out)
  else if (nowMs >= instance.resendAtMs) resend(instance, nowMs, out)
  return settle(instance, nowMs, out)
}

/** When `tick` has something to do; `undefined` if nothing waits. */
export function nextTickMs(instance: Instance): number | undefined {
  if (instance.viewDeadlineMs === undefined) return undefined
  return Math.min(instance.viewDeadlineMs, instance.resendAtMs)
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

function dispatch(instance: Instance, from: PeerKey, message: AgreementMessage, nowMs: number, out: Effect[]): void {
  switch (message.type) {
    case 'collect':
      onCollect(instance, from, out)
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

/** What any step may have made possible. Stops at the first decision: the caller moves on to the next height. */
function settle(instance: Instance, nowMs: number, out: Effect[]): Effect[] {
  maybePropose(instance, nowMs, out)
  castCommit(instance, out)
  recountCommits(instance, out)
  const decided = out.findIndex((effect) => effect.type === 'decided')
  return decided < 0 ? out : out.filter((effect, index) => effect.type !== 'decided' || index === decided)
}

/** A witness that is ahead shows the whole decision: nothing of it is believed, all of it is checked. */
function onDecision(instance: Instance, message: Decision, out: Effect[]): void {
  const certificate = decodeCertificate(message.certificate)
  const entry = readEntry(message.entry, instance.domain)
  if (certificate === undefined || entry === undefined || certificate.header.height !== instance.height) return
  if (
    certificate.header.account !== instance.account ||
    checkCertificate(certificate, instance.committee) !== undefined
  )
    return
  const proposal = checkedProposal(instance, instance.view, entry, bodiesOf(instance.domain, message.bodies))
  if (proposal === undefined || !equalBytes(proposal.headerBytes, certificate.headerBytes)) return
  out.push({ type: 'decided', entry, bodies: proposal.bodies, certificate })
}

function keepEarly(instance: Instance, from: PeerKey, message: AgreementMessage, out: Effect[]): void {
  if (message.height > instance.height + 1) {
    out.push({ type: 'behind', from, height: message.height - 1 })
    return
  }
  const messages = instance.early.get(from) ?? []
  if (messages.length >= EARLY_MAX) messages.shift()
  messages.push(message)
  instance.early.set(from, messages)
}

/** Says again what this witness said last at this height: frames may be lost, and votes count once. */
function resend(instance: Instance, nowMs: number, out: Effect[]): void {
  instance.resendAtMs = nowMs + limits.resendMs
  instance.contributed = false
  instance.asked = false
  poke(instance, nowMs, out)
  const to = others(instance)
  const { proposal, view } = instance
  const ownChange = instance.changes.get(instance.self)
  if (ownChange?.view === view) {
    const bodies = [...(instance.prepared?.bodies.values() ?? [])].map((envelope) => envelope.raw)
    const message: ViewChangeMessage = {
      type: 'view-change',
      ...where(instance),
      change: ownChange,
      contribution: null,
      bodies,
    }
    out.push({ type: 'send', to, message })
  }
  if (proposal !== undefined) resendVotes(instance, to, out)
  const header = instance.headerVotes.get(instance.self)
  if (header !== undefined) out.push({ type: 'send', to, message: { type: 'header', ...where(instance), ...header } })
}

function resendVotes(instance: Instance, to: readonly PeerKey[], out: Effect[]): void {
  const { proposal, view } = instance
  if (proposal === undefined || proposal.view !== view) return
  const { digest, raw } = proposal.entry
  if (leaderOf(instance, view) === instance.self) {
    const bodies = [...proposal.bodies.values()].map((envelope) => envelope.raw)
    const changes = view > 0 ? changesToView(instance) : []
    out.push({ type: 'send', to, message: { type: 'propose', ...where(instance), view, entry: raw, bodies, changes } })
  }
  if (instance.prepares.get(instance.self)?.digest === digest) {
    const signature = signPrepare(votePlace(instance), view, digest, instance.signer)
    out.push({ type: 'send', to, message: { type: 'prepare', ...where(instance), view, digest, signature } })
  }
  if (instance.committedView === view) {
    out.push({ type: 'send', to, message: { type: 'commit', ...where(instance), view, digest } })
  }
}
