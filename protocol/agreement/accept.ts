/**
 * Accept: each witness checks what the leader of a view proposes, follows it to that view, and prepares it once its
 * inputs are here.
 */
import { limits } from '../limits.ts'
import type { AgreementMessageOf, Prepared, ViewChange } from '../messages/agreement.ts'
import { encodeHeader } from '../wire/header.ts'
import type { PeerKey } from '../wire/keys.ts'
import { entryBodies, withKnown } from './bodies.ts'
import { bytesOf, isWithinBounds } from './bounds.ts'
import { convict } from './convict.ts'
import type { AgreementEffect } from './effects.ts'
import { enterView } from './enter-view.ts'
import { type Bodies, type Entry, readEntry, validateEntry } from './entry.ts'
import { type Instance, keepChange, leaderOf, type Proposal, votePosition } from './instance.ts'
import { verifyViewChange } from './signed-votes.ts'
import { armTimer, viewTimeoutMs } from './timers.ts'
import { castPrepare } from './vote.ts'

/** Proposals of one height that are remembered. */
const KNOWN_MAX = 4

/**
 * The leader of the current view or of a later one proposes: accepted if it is the first valid proposal of that view,
 * justified, and the very entry that may already have been decided, if there is one.
 */
export function onPropose(
  instance: Instance,
  from: PeerKey,
  message: AgreementMessageOf<'propose'>,
  nowMs: number,
  out: AgreementEffect[],
): void {
  const { view, changes } = message
  if (instance.abstains || from !== leaderOf(instance, view)) return
  if (view < instance.view.number || instance.proposing.accepted?.view === view) return
  if (!isJustified(instance, message)) return
  const entry = readEntry(message.entry, instance.domain)
  if (entry === undefined) return
  const required = highestPrepared(changes)
  if (required !== undefined && required.digest !== entry.digest) return
  if (required === undefined && entry.proposer !== from) return
  // Without what they prepared: this witness's own is said again in full.
  for (const change of changes) if (change.from !== instance.self) keepChange(instance, change)
  if (view > instance.view.number) followTo(instance, { view, nowMs }, out)
  const bodies = withKnown(instance, entry, entryBodies(instance, entry, message.bodies))
  acceptProposal(instance, { view, entry, bodies }, nowMs, out)
}

/**
 * Accepts a proposal of the current view if it fits and can be applied, and prepares it, now or once its inputs are
 * here.
 */
export function acceptProposal(
  instance: Instance,
  { view, entry, bodies }: { readonly view: number; readonly entry: Entry; readonly bodies: Bodies },
  nowMs: number,
  out: AgreementEffect[],
): void {
  const proposal = checkedProposal(instance, { view, entry, bodies })
  if (proposal === undefined) return
  convict(instance, entry.previousSignatures, out)
  instance.proposing.accepted = proposal
  remember(instance, proposal)
  // The leader did its part: the votes get the time of a view again, once.
  if (instance.view.deadlineMs !== undefined) instance.view.deadlineMs = nowMs + viewTimeoutMs(instance, view)
  armTimer(instance, nowMs)
  if (instance.application.ready(entry, bodies)) castPrepare(instance, proposal, out)
  else instance.proposing.waiting = proposal
}

/** A proposal of the current view waited for inputs: prepares it if they are here now. */
export function retryWaiting(instance: Instance, out: AgreementEffect[]): void {
  const { waiting } = instance.proposing
  if (waiting === undefined || waiting.view !== instance.view.number) return
  if (!instance.application.ready(waiting.entry, waiting.bodies)) return
  instance.proposing.waiting = undefined
  castPrepare(instance, waiting, out)
}

/**
 * The proposal with the header that follows from it; `undefined` if the entry does not fit here, misses an input, is
 * beyond the bounds of its contributions or cannot be applied.
 */
export function checkedProposal(
  instance: Instance,
  { view, entry, bodies }: { readonly view: number; readonly entry: Entry; readonly bodies: Bodies },
): Proposal | undefined {
  const seen = instance.proposing.known.get(entry.digest)
  if (seen !== undefined) return { ...seen, view }
  if (validateEntry(entry, instance.position) !== undefined) return undefined
  if (!entry.contributions.every((each) => isWithinBounds(each, bodies, instance.application))) return undefined
  const header = instance.application.apply(entry, bodies)
  return header === undefined ? undefined : { view, entry, bodies, header, headerBytes: encodeHeader(header) }
}

/**
 * Keeps the newest few proposals within `limits.proposalBytesKept`, and always the newest one and the one that this
 * witness is locked on.
 */
export function remember({ proposing, voting }: Instance, proposal: Proposal): void {
  const { known } = proposing
  known.delete(proposal.entry.digest)
  known.set(proposal.entry.digest, proposal)
  for (const digest of known.keys()) {
    if (known.size <= KNOWN_MAX && knownBytes(known) <= limits.proposalBytesKept) return
    if (digest !== voting.prepared?.proof.digest && digest !== proposal.entry.digest) known.delete(digest)
  }
}

function knownBytes(known: ReadonlyMap<string, Proposal>): number {
  let bytes = 0
  for (const { entry, bodies } of known.values()) bytes += entry.raw.length + bytesOf(bodies)
  return bytes
}

/**
 * The preparation of the highest view among `changes`: what the next leader must propose again. `undefined`: it is
 * free.
 */
export function highestPrepared(changes: readonly ViewChange[]): Prepared | undefined {
  let highest: Prepared | undefined
  for (const { prepared } of changes) {
    if (prepared !== null && (highest === undefined || prepared.view > highest.view)) highest = prepared
  }
  return highest
}

/**
 * Above view 0 a proposal carries q different witnesses' view changes to this view; what they prepared is named by its
 * digest and comes once, as the entry itself.
 */
function isJustified(instance: Instance, { view, changes }: AgreementMessageOf<'propose'>): boolean {
  if (view === 0) return changes.length === 0
  const { committee } = instance.position
  const from = new Set<PeerKey>()
  for (const change of changes) {
    if (change.view !== view || from.has(change.from)) return false
    if (!verifyViewChange(votePosition(instance), change, committee)) return false
    from.add(change.from)
  }
  return from.size >= committee.q
}

/**
 * Moves to the view of a justified proposal: durable before a vote in it is sent, for votes themselves are not
 * recorded.
 */
function followTo(
  instance: Instance,
  { view, nowMs }: { readonly view: number; readonly nowMs: number },
  out: AgreementEffect[],
): void {
  enterView(instance, view, nowMs)
  if (view <= instance.view.least) return
  instance.view.least = view
  out.push({ type: 'persist', record: { kind: 'promise', height: instance.position.height, view } })
}
