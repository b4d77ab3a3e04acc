/** Propose: the leader makes an entry of q contributions; the others check it and prepare. */
import { encodeHeader } from '../wire/header.ts'
import type { PeerKey } from '../wire/keys.ts'
import { bodiesOf, unionBodies, withKnown } from './bodies.ts'
import { ownContribution, takeContribution } from './collect.ts'
import { convict } from './convict.ts'
import type { AgreementEffect } from './effects.ts'
import {
  type Bodies,
  type Entry,
  inputIds,
  makeEntry,
  readEntry,
  type SignedContribution,
  validateEntry,
} from './entry.ts'
import {
  changesToView,
  type Instance,
  keepChange,
  leaderOf,
  others,
  type Proposal,
  positionOf,
  votePlace,
  where,
} from './instance.ts'
import type { Propose, ViewChange } from './messages.ts'
import { verifyViewChange } from './messages.ts'
import { armTimer, viewTimeoutMs } from './timers.ts'
import { castPrepare } from './vote.ts'

/** Proposals of one height that are remembered. */
const KNOWN_MAX = 4

/** As leader: proposes once q contributions (and above view 0, q view changes) are here. */
export function maybePropose(instance: Instance, nowMs: number, out: AgreementEffect[]): void {
  const { view, committee } = instance
  if (
    instance.abstains ||
    leaderOf(instance, view) !== instance.self ||
    instance.proposedView >= view ||
    view < instance.leastView
  )
    return
  const usable = view > 0 ? changesToView(instance).filter((change) => reproposable(instance, change)) : []
  if (view > 0 && usable.length < committee.q) return
  const changes = usable.slice(0, committee.q)
  const locked = highestPrepared(changes)
  const made = locked === undefined ? freshEntry(instance) : lockedEntry(instance, locked)
  if (made === undefined) return
  instance.proposedView = view
  instance.justification = changes
  sendProposal(instance, { view, ...made, changes }, out)
  acceptProposal(instance, view, made.entry, made.bodies, nowMs, out)
}

/** Sends the proposal, without the inputs that its reader named in a contribution of its own: it holds those. */
function sendProposal(
  instance: Instance,
  { view, entry, bodies, changes }: { view: number; entry: Entry; bodies: Bodies; changes: readonly ViewChange[] },
  out: AgreementEffect[],
): void {
  const sent = new Map<string, { to: PeerKey[]; message: Propose }>()
  for (const peer of others(instance)) {
    const named = new Set(instance.contributions.get(peer)?.inputs)
    const missing = [...bodies.keys()].filter((id) => !named.has(id))
    const name = missing.join()
    const known = sent.get(name)
    if (known !== undefined) {
      known.to.push(peer)
      continue
    }
    const raws = missing.flatMap((id) => bodies.get(id)?.raw ?? [])
    const parts = { view, entry: entry.raw, bodies: raws, changes: [...changes] }
    sent.set(name, { to: [peer], message: { type: 'propose', ...where(instance), ...parts } })
  }
  for (const { to, message } of sent.values()) out.push({ type: 'send', to, message })
}

export function onPropose(
  instance: Instance,
  from: PeerKey,
  message: Propose,
  nowMs: number,
  out: AgreementEffect[],
): void {
  const { view } = message
  if (
    instance.abstains ||
    from !== leaderOf(instance, view) ||
    view < instance.view ||
    instance.proposal?.view === view
  )
    return
  if (!justified(instance, message)) return
  const entry = readEntry(message.entry, instance.domain)
  if (entry === undefined) return
  const required = highestPrepared(message.changes)
  if (required !== undefined && required.digest !== entry.digest) return
  if (required === undefined && entry.proposer !== from) return
  for (const change of message.changes) keepChange(instance, change)
  if (view > instance.view) followTo(instance, view, nowMs, out)
  acceptProposal(
    instance,
    view,
    entry,
    withKnown(instance, entry, bodiesOf(instance.domain, message.bodies)),
    nowMs,
    out,
  )
}

/** A proposal waited for inputs: look again. */
export function retryWaiting(instance: Instance, out: AgreementEffect[]): void {
  const { waiting } = instance
  if (waiting === undefined || waiting.view !== instance.view) return
  if (!instance.application.ready(waiting.entry, waiting.bodies)) return
  instance.waiting = undefined
  castPrepare(instance, waiting, out)
}

/** Forgets what belongs to the view before and starts the new view's timer. */
export function enterView(instance: Instance, view: number, nowMs: number): void {
  instance.view = view
  instance.proposal = undefined
  instance.waiting = undefined
  for (const [peer, vote] of instance.prepares) if (vote.view < view) instance.prepares.delete(peer)
  instance.contributed = false
  instance.asked = false
  instance.viewDeadlineMs = undefined
  instance.resendAtMs = undefined
  armTimer(instance, nowMs)
}

/** The preparation of the highest view among `changes`: what the next leader must propose again. */
export function highestPrepared(changes: readonly ViewChange[]): NonNullable<ViewChange['prepared']> | undefined {
  let highest: NonNullable<ViewChange['prepared']> | undefined
  for (const { prepared } of changes) {
    if (prepared !== null && (highest === undefined || prepared.view > highest.view)) highest = prepared
  }
  return highest
}

function acceptProposal(
  instance: Instance,
  view: number,
  entry: Entry,
  bodies: Bodies,
  nowMs: number,
  out: AgreementEffect[],
): void {
  const proposal = checkedProposal(instance, view, entry, bodies)
  if (proposal === undefined) return
  convict(instance, entry.previousSignatures, out)
  instance.proposal = proposal
  remember(instance, proposal)
  // The leader did its part: the votes get the time of a view again, once.
  if (instance.viewDeadlineMs !== undefined) instance.viewDeadlineMs = nowMs + viewTimeoutMs(instance, view)
  armTimer(instance, nowMs)
  if (instance.application.ready(entry, bodies)) castPrepare(instance, proposal, out)
  else instance.waiting = proposal
}

/** The proposal with the header that follows from it; `undefined` if the entry does not fit here or cannot be applied. */
export function checkedProposal(instance: Instance, view: number, entry: Entry, bodies: Bodies): Proposal | undefined {
  const seen = instance.known.get(entry.digest)
  if (seen !== undefined) return { ...seen, view }
  if (validateEntry(entry, positionOf(instance)) !== undefined) return undefined
  for (const id of inputIds(entry)) if (!bodies.has(id)) return undefined
  const header = instance.application.apply(entry, bodies)
  return header === undefined ? undefined : { view, entry, bodies, header, headerBytes: encodeHeader(header) }
}

/** Keeps the newest few proposals, and always the one that this witness is locked on. */
export function remember(instance: Instance, proposal: Proposal): void {
  instance.known.delete(proposal.entry.digest)
  instance.known.set(proposal.entry.digest, proposal)
  for (const digest of instance.known.keys()) {
    if (instance.known.size <= KNOWN_MAX) return
    if (digest !== instance.prepared?.proof.digest) instance.known.delete(digest)
  }
}

/** Above view 0 a proposal carries q different witnesses' view changes to this view. */
function justified(instance: Instance, message: Propose): boolean {
  if (message.view === 0) return message.changes.length === 0
  const { committee } = instance
  const from = new Set<PeerKey>()
  for (const change of message.changes) {
    if (change.view !== message.view || from.has(change.from)) return false
    if (!verifyViewChange(votePlace(instance), change, committee.q, committee.witnesses)) return false
    from.add(change.from)
  }
  return from.size >= committee.q
}

/** An entry of q contributions. Only what this leader itself could prepare: what it relies on is here, so the others can get it here. */
function freshEntry(instance: Instance): { entry: Entry; bodies: Bodies } | undefined {
  const { committee, self } = instance
  if (instance.contributions.size < committee.q || !instance.contributions.has(self)) return undefined
  const fresh = ownContribution(instance)
  takeContribution(instance, fresh.contribution, fresh.bodies)
  const all = mostTelling(
    committee.witnesses.flatMap((peer) => instance.contributions.get(peer) ?? []),
    self,
  )
  const made = entryOf(instance, all.slice(0, committee.q))
  if (made !== undefined) return made
  const sound = all.filter((contribution) => entryOf(instance, [contribution]) !== undefined)
  return sound.length < committee.q ? undefined : entryOf(instance, sound.slice(0, committee.q))
}

/** The entry of `contributions`; `undefined` if one of them would void it or relies on what is not here. */
function entryOf(
  instance: Instance,
  contributions: readonly SignedContribution[],
): { entry: Entry; bodies: Bodies } | undefined {
  const { application, previous, previousSignatures, self } = instance
  const bodies = unionBodies(instance, contributions)
  if (bodies === undefined) return undefined
  const { account, epoch, height } = where(instance)
  const parts = { account, epoch, height, previous, proposer: self, contributions, previousSignatures }
  const entry = makeEntry(parts)
  if (!application.ready(entry, bodies)) return undefined
  const header = application.apply(entry, bodies)
  if (header === undefined) return undefined
  // Applied once: the leader's own acceptance finds it here. Single contributions are only tried.
  if (contributions.length === instance.committee.q)
    remember(instance, { view: instance.view, entry, bodies, header, headerBytes: encodeHeader(header) })
  return { entry, bodies }
}

/** `all` with `self`'s first, then those that name the most inputs that it does not name: no witness's inputs wait for ever. */
function mostTelling(all: readonly SignedContribution[], self: PeerKey): SignedContribution[] {
  const own = all.filter((contribution) => contribution.envelope.signer === self)
  const named = new Set(own.flatMap((contribution) => contribution.inputs))
  const rest = all
    .filter((contribution) => contribution.envelope.signer !== self)
    .map((contribution) => ({ contribution, news: contribution.inputs.filter((id) => !named.has(id)).length }))
  rest.sort((a, b) => b.news - a.news)
  return [...own, ...rest.map(({ contribution }) => contribution)]
}

/** Moves to the view of a justified proposal: durable before a vote in it is sent, for votes themselves are not recorded. */
function followTo(instance: Instance, view: number, nowMs: number, out: AgreementEffect[]): void {
  enterView(instance, view, nowMs)
  if (view <= instance.leastView) return
  instance.leastView = view
  out.push({ type: 'persist', record: { kind: 'promise', height: instance.height, view } })
}

/** False for a view change whose preparation cannot be proposed again, because its inputs were kept back. */
function reproposable(instance: Instance, change: ViewChange): boolean {
  if (change.prepared === null) return true
  const made = lockedEntry(instance, change.prepared)
  return made !== undefined && inputIds(made.entry).every((id) => made.bodies.has(id))
}

function lockedEntry(
  instance: Instance,
  locked: NonNullable<ViewChange['prepared']>,
): { entry: Entry; bodies: Bodies } | undefined {
  const entry = readEntry(locked.entry, instance.domain)
  if (entry === undefined || entry.digest !== locked.digest) return undefined
  return { entry, bodies: withKnown(instance, entry, new Map()) }
}
