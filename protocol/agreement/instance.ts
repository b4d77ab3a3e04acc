/**
 * One witness's part in deciding one account's next entry: a synchronous state machine. Messages and time go in, effects come out.
 *
 * The way of an entry (PBFT with its votes named as in the paper, Castro and Liskov, OSDI 1999):
 * *collect* (each witness contributes its signed inputs) → *propose* (the leader: q contributions) → *prepare* → *commit* → *header*
 * (after q commits of one view each witness signs the 160-byte header, at most one per height, in its life). A witness that waits
 * too long for its inputs to be served moves to the next view, whose leader must propose what may already have been decided.
 *
 * One file per verb: collect, propose, vote (prepare, commit, header), view-change, convict. They share this record; what goes in and out of it
 * stands in messages, application and effects.
 */
import { limits } from '../limits.ts'
import type { Committee } from '../membership/committee.ts'
import type { Header } from '../wire/header.ts'
import type { PeerKey, Signer, WalletKey } from '../wire/keys.ts'
import type { Application } from './application.ts'
import { bodiesOf } from './bodies.ts'
import { conflictingVotesOf } from './convict.ts'
import type { Recovered, SignedHeader } from './effects.ts'
import type { Bodies, Entry, Position, SignedContribution } from './entry.ts'
import type { AgreementMessage, Prepared, ViewChange, VotePlace } from './messages.ts'

export interface Proposal {
  readonly view: number
  readonly entry: Entry
  readonly bodies: Bodies
  readonly header: Header
  readonly headerBytes: Uint8Array
}

export interface Instance {
  readonly domain: Uint8Array
  readonly account: WalletKey
  readonly self: PeerKey
  readonly signer: Signer
  readonly application: Application
  committee: Committee
  /** Being decided; everything below belongs to it. */
  height: number
  previous: string
  before: Position['before']
  previousSignatures: ReadonlyMap<PeerKey, Uint8Array>
  /** Index of the witness that leads view 0 of this height. */
  firstLeader: number
  view: number
  /** Votes in views below this one are not allowed (a promise, or a crash that may have forgotten votes). */
  leastView: number
  /** A crash may have forgotten prepare votes at this height, up to this view, and in view 0 of the height after it. */
  readonly forgotten: { readonly height: number; readonly view: number } | undefined
  contributions: Map<PeerKey, SignedContribution>
  /** Signed inputs that came with each witness's newest contribution (`c` ‖ peer) and newest view change (`v` ‖ peer). */
  held: Map<string, Bodies>
  contributed: boolean
  /** When it last contributed in this view. */
  contributedMs: number
  /** As leader: the others were asked in this view. */
  asked: boolean
  proposedView: number
  /** As leader: the view changes that justify the own proposal of the current view. */
  justification: readonly ViewChange[]
  /** The proposal accepted in the current view. */
  proposal: Proposal | undefined
  /** Proposals seen at this height by digest, the newest few: what a late quorum may decide. */
  known: Map<string, Proposal>
  /** A valid proposal that waits for inputs (`Application.ready`). */
  waiting: Proposal | undefined
  /** Each witness's prepare vote in its newest view from the current one on; its first one there counts. */
  prepares: Map<PeerKey, { readonly view: number; readonly digest: string; readonly signature: Uint8Array }>
  prepared: { readonly proof: Prepared; readonly bodies: Bodies } | undefined
  committedView: number
  /** Each witness's commit votes by view, its newest few. */
  commits: Map<PeerKey, Map<number, string>>
  /** The one header that this witness signs at this height. */
  signed: Uint8Array | undefined
  /** Witness → its header vote at this height. */
  headerVotes: Map<PeerKey, SignedHeader>
  /** Header votes of the height before for another header than the certified one, see `convict`. */
  conflictingVotes: Map<PeerKey, SignedHeader>
  /** Each witness's newest view change. */
  changes: Map<PeerKey, ViewChange>
  /** When this view is given up; `undefined` while nothing waits, and above view 0 until q witnesses are known to have come this far. */
  viewDeadlineMs: number | undefined
  /** When to say again what may have been lost; `undefined` while nothing waits. */
  resendAtMs: number | undefined
  /** Witnesses that said anything at this height. */
  heard: Set<PeerKey>
  /** How often it was said again at this height. */
  resends: number
  /** Messages for the next height, a few per witness. */
  early: Map<PeerKey, AgreementMessage[]>
  /** Doublings of the view timer that this log's recent heights taught: on a machine that is too busy for 500 ms, view changes only add work. A leader
   * that is down teaches nothing. */
  patience: number
  /** Abstains from all votes in this epoch: its disk is older than its signatures. */
  abstains: boolean
}

export interface InstanceOptions {
  readonly domain: Uint8Array
  readonly account: WalletKey
  readonly signer: Signer
  readonly application: Application
  readonly position: Position
  readonly previousSignatures: ReadonlyMap<PeerKey, Uint8Array>
  /** Proposer of the entry before; `undefined` at the first height of an epoch. */
  readonly lastProposer: PeerKey | undefined
  readonly recovered: Recovered
  readonly abstains: boolean
}

/** A witness's machine at `position`. The caller wakes it once: a lock that was found on the disk waits to be decided. */
export function createInstance(options: InstanceOptions): Instance {
  const { position, recovered, signer } = options
  const promised = recovered.promise?.height === position.height ? recovered.promise.view : 0
  const locked = recovered.lock?.height === position.height ? recovered.lock.prepared.view : 0
  const instance: Instance = {
    domain: options.domain,
    account: options.account,
    self: signer.key,
    signer,
    application: options.application,
    committee: position.committee,
    forgotten: recovered.crashed ? { height: position.height, view: Math.max(promised, locked) } : undefined,
    early: new Map(),
    patience: 0,
    abstains: options.abstains,
    ...freshHeight(position, options.previousSignatures, options.lastProposer),
  }
  instance.leastView = Math.max(promised, leastViewAt(instance))
  restoreVotes(instance, recovered)
  return instance
}

/** Moves to the next height after `position.before` was certified. Early messages are the caller's to replay. */
export function advanceInstance(
  instance: Instance,
  position: Position,
  previousSignatures: ReadonlyMap<PeerKey, Uint8Array>,
  lastProposer: PeerKey | undefined,
): void {
  if (instance.view === 0) instance.patience = Math.max(0, instance.patience - 1)
  else if (leftLiveLeader(instance)) instance.patience = Math.min(limits.viewPatienceMax, instance.patience + 1)
  const conflictingVotes = conflictingVotesOf(instance, position.before?.headerBytes)
  Object.assign(instance, freshHeight(position, previousSignatures, lastProposer), { conflictingVotes })
  instance.committee = position.committee
  instance.leastView = leastViewAt(instance)
}

/** True if a leader that was given up at this height is at work: it was waited for too briefly. */
function leftLiveLeader(instance: Instance): boolean {
  for (let view = 0; view < instance.view; view++) {
    const leader = leaderOf(instance, view)
    if (leader === instance.self || instance.heard.has(leader)) return true
    if (view >= instance.committee.witnesses.length) break
  }
  return false
}

/** The witness that leads `view` of the current height. */
export function leaderOf(instance: Instance, view: number): PeerKey {
  const { witnesses } = instance.committee
  const leader = witnesses[(instance.firstLeader + view) % witnesses.length]
  if (leader === undefined) throw new Error('broken invariant: a committee without witnesses')
  return leader
}

export function votePlace(instance: Instance): VotePlace {
  return {
    domain: instance.domain,
    account: instance.account,
    epoch: instance.committee.epoch,
    height: instance.height,
  }
}

/** `account`, `epoch` and `height` of every message of this height. */
export function where(instance: Instance): { account: WalletKey; epoch: number; height: number } {
  return { account: instance.account, epoch: instance.committee.epoch, height: instance.height }
}

export function positionOf(instance: Instance): Position {
  const { account, height, previous, committee, before } = instance
  return { account, height, previous, committee, before }
}

/** All witnesses but this one. */
export function others(instance: Instance): PeerKey[] {
  return instance.committee.witnesses.filter((peer) => peer !== instance.self)
}

/** Keeps each witness's newest verified view change only. */
export function keepChange(instance: Instance, change: ViewChange): void {
  const known = instance.changes.get(change.from)
  if (known === undefined || known.view < change.view) instance.changes.set(change.from, change)
}

/** The view changes to the current view, in committee order. */
export function changesToView(instance: Instance): ViewChange[] {
  const all = instance.committee.witnesses.flatMap((peer) => instance.changes.get(peer) ?? [])
  return all.filter((change) => change.view === instance.view)
}

type PerHeight = Omit<
  Instance,
  | 'domain'
  | 'account'
  | 'self'
  | 'signer'
  | 'application'
  | 'committee'
  | 'forgotten'
  | 'early'
  | 'patience'
  | 'abstains'
>

function freshHeight(
  position: Position,
  previousSignatures: ReadonlyMap<PeerKey, Uint8Array>,
  lastProposer: PeerKey | undefined,
): PerHeight {
  const leader = lastProposer === undefined ? 0 : position.committee.witnesses.indexOf(lastProposer)
  return {
    height: position.height,
    previous: position.previous,
    before: position.before,
    previousSignatures,
    firstLeader: Math.max(0, leader),
    view: 0,
    leastView: 0,
    contributions: new Map(),
    held: new Map(),
    contributed: false,
    contributedMs: 0,
    asked: false,
    proposedView: -1,
    justification: [],
    proposal: undefined,
    known: new Map(),
    waiting: undefined,
    prepares: new Map(),
    prepared: undefined,
    committedView: -1,
    commits: new Map(),
    signed: undefined,
    headerVotes: new Map(),
    conflictingVotes: new Map(),
    changes: new Map(),
    viewDeadlineMs: undefined,
    resendAtMs: undefined,
    heard: new Set(),
    resends: 0,
  }
}

/**
 * Prepare votes are not on the disk, but views above 0 are before anything is sent in them. So after a crash a witness votes in no
 * view that it may have voted in before: at the first undecided height on its disk views up to the recorded one are over, and view 0
 * of the height after it, that it may have begun before the certificate was durable. (Nothing of the height after that may be sent
 * before that certificate is durable; the caller sees to it.)
 */
function leastViewAt({ forgotten, height }: Instance): number {
  if (forgotten === undefined || height > forgotten.height + 1) return 0
  return height === forgotten.height ? forgotten.view + 1 : 1
}

function restoreVotes(instance: Instance, recovered: Recovered): void {
  const { lock, signed } = recovered
  if (signed?.height === instance.height && !instance.abstains) {
    const { headerBytes } = signed
    instance.signed = headerBytes
    instance.headerVotes.set(instance.self, { headerBytes, signature: instance.signer.sign(headerBytes) })
  }
  if (lock?.height !== instance.height) return
  instance.prepared = { proof: lock.prepared, bodies: bodiesOf(instance.domain, lock.bodies) }
}
