/** Propose: the leader makes an entry of q contributions; the others check it and prepare. */
import type { Envelope } from '../wire/envelope.ts'
import { encodeHeader } from '../wire/header.ts'
import type { PeerKey } from '../wire/keys.ts'
import { ownContribution, takeContribution, unionBodies } from './collect.ts'
import { type Bodies, type Entry, inputIds, makeEntry, misfit, readEntry } from './entry.ts'
import {
  armTimer,
  bodiesOf,
  changesToView,
  type Effect,
  type Instance,
  leaderOf,
  others,
  type Proposal,
  positionOf,
  votePlace,
  where,
} from './instance.ts'
import type { Propose, ViewChange } from './messages.ts'
import { verifyViewChange } from './messages.ts'
import { castPrepare } from './vote.ts'

/** Proposals of one height that are remembered. */
const KNOWN_MAX = 4

/** As leader: proposes once q contributions (and above view 0, q view changes) are here. */
export function maybePropose(instance: Instance, nowMs: number, out: Effect[]): void {
  const { view, committee } = instance
  if (
    instance.abstains ||
    leaderOf(instance, view) !== instance.self ||
    instance.proposedView >= view ||
    view < instance.leastView
  )
    return
  const changes = view > 0 ? changesToView(instance) : []
  if (view > 0 && changes.length < committee.q) return
  const locked = highestPrepared(changes)
  const made = locked === undefined ? freshEntry(instance) : lockedEntry(instance, locked)
  if (made === undefined) return
  instance.proposedView = view
  const bodies = [...made.bodies.values()].map((envelope) => envelope.raw)
  const message: Propose = { type: 'propose', ...where(instance), view, entry: made.entry.raw, bodies, changes }
  out.push({ type: 'send', to: others(instance), message })
  acceptProposal(instance, view, made.entry, made.bodies, nowMs, out)
}

export function onPropose(instance: Instance, from: PeerKey, message: Propose, nowMs: number, out: Effect[]): void {
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
  if (view > instance.view) enterView(instance, view, nowMs)
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
export function retryWaiting(instance: Instance, out: Effect[]): void {
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
  instance.prepares = new Map()
  instance.contributed = false
  instance.asked = false
  instance.viewDeadlineMs = undefined
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
  out: Effect[],
): void {
  const proposal = checkedProposal(instance, view, entry, bodies)
  if (proposal === undefined) return
  instance.proposal = proposal
  remember(instance, proposal)
  armTimer(instance, nowMs)
  if (instance.application.ready(entry, bodies)) castPrepare(instance, proposal, out)
  else instance.waiting = proposal
}

/** The proposal with the header that follows from it; `undefined` if the entry does not fit here or cannot be applied. */
export function checkedProposal(instance: Instance, view: number, entry: Entry, bodies: Bodies): Proposal | undefined {
  const seen = instance.known.get(entry.digest)
  if (seen !== undefined) return { ...seen, view }
  if (misfit(entry, positionOf(instance)) !== undefined) return undefined
  for (const id of inputIds(entry)) if (!bodies.has(id)) return undefined
  const header = instance.application.apply(entry, bodies)
  return header === undefined ? undefined : { view, entry, bodies, header, headerBytes: encodeHeader(header) }
}

function remember(instance: Instance, proposal: Proposal): void {
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

function freshEntry(instance: Instance): { entry: Entry; bodies: Bodies } | undefined {
  const { committee } = instance
  if (instance.contributions.size < committee.q || !instance.contributions.has(instance.self)) return undefined
  const fresh = ownContribution(instance)
  takeContribution(instance, fresh.contribution, fresh.bodies)
  const all = committee.witnesses.flatMap((peer) => instance.contributions.get(peer) ?? [])
  const own = all.filter((contribution) => contribution.envelope.signer === instance.self)
  const rest = all.filter((contribution) => contribution.envelope.signer !== instance.self)
  const contributions = [...own, ...rest].slice(0, committee.q)
  const bodies = unionBodies(instance, contributions)
  if (bodies === undefined) return undefined
  const { account, epoch, height } = where(instance)
  const entry = makeEntry({
    account,
    epoch,
    height,
    previous: instance.previous,
    proposer: instance.self,
    contributions,
    previousSignatures: instance.previousSignatures,
  })
  return { entry, bodies }
}

function lockedEntry(
  instance: Instance,
  locked: NonNullable<ViewChange['prepared']>,
): { entry: Entry; bodies: Bodies } | undefined {
  const entry = readEntry(locked.entry, instance.domain)
  if (entry === undefined || entry.digest !== locked.digest) return undefined
  return { entry, bodies: withKnown(instance, entry, new Map()) }
}

/** `bodies` completed by what this witness already holds. */
function withKnown(instance: Instance, entry: Entry, bodies: ReadonlyMap<string, Envelope>): Bodies {
  const complete = new Map<string, Envelope>()
  const held = instance.prepared?.bodies
  for (const id of inputIds(entry)) {
    const envelope = bodies.get(id) ?? instance.bodies.get(id) ?? held?.get(id) ?? instance.application.body(id)
    if (envelope !== undefined) complete.set(id, envelope)
  }
  return complete
}
