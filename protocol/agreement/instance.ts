/**
 * One witness's part in deciding one account's next entry: a synchronous state machine. Messages and time go in,
 * effects come out.
 *
 * The way of an entry (PBFT with its votes named as in the paper, Castro and Liskov, OSDI 1999): *collect* (each
 * witness contributes its signed inputs) → *propose* (the leader: q contributions) → *prepare* → *commit* → *header*
 * (after q commits of one view each witness signs the 160-byte header, at most one per height, in its life). A
 * witness that waits too long for its inputs to be served moves to the next view, whose leader must propose what may
 * already have been decided.
 *
 * One file per verb: begin-height, collect, propose, accept, vote (prepare, commit, header), view-change, repeat,
 * convict. They share this record, whose fields stand in groups by phase; what goes in and out of it stands in
 * application and effects, and `agreement.ts` has the entrances.
 */
import type { AgreementMessage, MessagePosition, Prepared, ViewChange } from '../messages/agreement.ts'
import type { Header } from '../wire/header.ts'
import type { PeerKey, Signer } from '../wire/keys.ts'
import type { Application } from './application.ts'
import type { SignedContribution } from './contribution.ts'
import type { SignedHeader } from './effects.ts'
import type { Bodies, Entry, Position } from './entry.ts'
import type { VotePosition } from './signed-votes.ts'

/**
 * An entry that fits the position, in the view in which it was proposed, with all its inputs and the header that
 * follows from it.
 */
export interface Proposal {
  readonly view: number
  readonly entry: Entry
  readonly bodies: Bodies
  readonly header: Header
  /** The encoding of `header`: what is signed. */
  readonly headerBytes: Uint8Array
}

/**
 * The machine of one witness for one account. Only the functions of `agreement/` change it. Callers read it between
 * two of their calls, and it is valid until the next one.
 */
export interface Instance extends Machine, HeightState {}

/** What a machine keeps while heights come and go. */
export interface Machine {
  /** 32 bytes: the network that every signature is for. */
  readonly domain: Uint8Array
  readonly self: PeerKey
  /** Signs as `self`. */
  readonly signer: Signer
  readonly application: Application
  /** Abstains from all votes in this epoch, and only follows: its disk is older than its signatures. */
  readonly abstains: boolean
  /**
   * After a crash: prepare votes may have been sent, and are on no disk, at this height up to this view, and in view
   * 0 of the height after it. `undefined` after a clean stop.
   */
  readonly forgotten: { readonly height: number; readonly view: number } | undefined
  /** Messages for the next height, the newest of each type per witness. Taken out as soon as that height begins. */
  readonly early: Map<PeerKey, AgreementMessage[]>
  /**
   * Doublings of all timers that recent heights taught, 0 to `limits.viewPatienceMax`: on a machine that is too busy
   * for 500 ms, view changes only add work. One more after a height at which a leader at work was given up, one less
   * after a height that ended in view 0.
   */
  patience: number
}

/** All that belongs to the height that is being decided: replaced as a whole when the next one begins. */
export interface HeightState {
  /**
   * Account, height, history and committee: what an entry must fit to be decided here. Never changes within a height.
   */
  readonly position: Position
  readonly collecting: Collecting
  readonly proposing: Proposing
  readonly voting: Voting
  readonly view: View
  readonly repeating: Repeating
  readonly evidence: Evidence
}

/** Collect: what the witnesses contributed to this height, and whether this one did its part in the current view. */
export interface Collecting {
  /** Each witness's newest valid contribution whose inputs are all here. */
  readonly contributions: Map<PeerKey, SignedContribution>
  /** The signed inputs that each witness's newest contribution names, and no others. */
  readonly bodies: Map<PeerKey, Bodies>
  /**
   * As the next leader: what view changes showed as prepared and came with all its inputs, by the entry's digest; the
   * two of the highest views. One of them is proposed again.
   */
  readonly locks: Map<string, { readonly view: number; readonly bodies: Bodies }>
  /** This witness has contributed in the current view. */
  contributed: boolean
  /** When it last contributed; 0 before. Active milliseconds, as all times here. */
  contributedMs: number
  /** As leader: the others were asked since the view began or since this witness last repeated itself. */
  asked: boolean
}

/** Propose: what was proposed at this height. */
export interface Proposing {
  /**
   * The certificate of the entry before, which the next entry carries; empty at the first height. Never changes
   * within a height.
   */
  readonly previousSignatures: ReadonlyMap<PeerKey, Uint8Array>
  /** As leader: the highest view in which this witness proposed; −1 before. */
  proposedView: number
  /** As leader: the view changes that justify the proposal of `proposedView`; none in view 0. */
  justification: readonly ViewChange[]
  /** The first valid proposal of the current view; `undefined` until it comes, and again when the next view begins. */
  accepted: Proposal | undefined
  /**
   * Proposals seen at this height by digest, the newest few: what a late quorum may decide. Of several views the
   * latest counts.
   */
  readonly known: Map<string, Proposal>
  /** `accepted`, while it waits for inputs (`Application.ready`) before this witness prepares it. */
  waiting: Proposal | undefined
}

/** Vote: prepares, commits and headers, this witness's own among them. */
export interface Voting {
  /** Each witness's prepare vote in its newest view from the current one on; its first one there counts. */
  readonly prepares: Map<PeerKey, { readonly view: number; readonly digest: string; readonly signature: Uint8Array }>
  /**
   * This witness's lock: the highest preparation that it committed to. Set before the commit vote, on the disk before
   * it is sent.
   */
  prepared: { readonly proof: Prepared; readonly bodies: Bodies } | undefined
  /**
   * The highest view in which this witness committed; −1 before. Not restored after a crash: `View.least` is above it
   * then.
   */
  committedView: number
  /** Each witness's commit votes by view, those of its newest few views. */
  readonly commits: Map<PeerKey, Map<number, string>>
  /**
   * The one header that this witness signs at this height, in its life: set once, on the disk before its signature is
   * sent.
   */
  signed: Uint8Array | undefined
  /** Each witness's first header vote at this height; a second, different one is evidence. */
  readonly headerVotes: Map<PeerKey, SignedHeader>
}

/** Views and their changes: who leads, for how long, and what the others say about it. */
export interface View {
  /** The current view; only grows. */
  number: number
  /**
   * Votes in views below this one are not allowed (a promise, or a crash that may have forgotten votes). Only grows.
   */
  least: number
  /**
   * Index in the committee of the witness that leads view 0: the proposer of the entry before. Never changes within a
   * height.
   */
  readonly firstLeader: number
  /**
   * When the current view is given up; `undefined` while nothing waits, and above view 0 until q witnesses are known
   * to have come this far. Moved once, when a valid proposal comes.
   */
  deadlineMs: number | undefined
  /** Each witness's newest view change, verified. */
  readonly changes: Map<PeerKey, ViewChange>
  /** Witnesses that said anything at this height: a leader among them is at work, however late. */
  readonly heardFrom: Set<PeerKey>
}

/** Repetition: frames may be lost, so what was said last is said again until the height ends. */
export interface Repeating {
  /** When this witness repeats itself next; `undefined` while nothing waits. */
  atMs: number | undefined
  /** How often it did so at this height; each time it waits longer. */
  count: number
}

/** What may convict a witness of the height before. */
export interface Evidence {
  /**
   * Header votes of the height before for another header than the certified one; each is dropped once it convicted
   * its signer.
   */
  readonly conflictingVotes: Map<PeerKey, SignedHeader>
}

/**
 * The witness that leads `view` of the current height: the committee takes turns, from the proposer of the entry
 * before on.
 */
export function leaderOf({ position, view }: Pick<Instance, 'position' | 'view'>, number: number): PeerKey {
  const { witnesses } = position.committee
  const leader = witnesses[(view.firstLeader + number) % witnesses.length]
  if (leader === undefined) throw new Error('broken invariant: a committee without witnesses')
  return leader
}

/** True if this witness leads the current view. */
export function isLeader(instance: Pick<Instance, 'position' | 'view' | 'self'>): boolean {
  return leaderOf(instance, instance.view.number) === instance.self
}

/** `account`, `epoch` and `height` of every message of this height. */
export function messagePosition({ position }: Pick<Instance, 'position'>): MessagePosition {
  return { account: position.account, epoch: position.committee.epoch, height: position.height }
}

/** What the votes of this height are signed for. */
export function votePosition(instance: Pick<Instance, 'position' | 'domain'>): VotePosition {
  return { domain: instance.domain, ...messagePosition(instance) }
}

/** All witnesses but this one, in committee order. */
export function others({ position, self }: Pick<Instance, 'position' | 'self'>): PeerKey[] {
  return position.committee.witnesses.filter((peer) => peer !== self)
}

/** Keeps each witness's newest view change only. `change` is verified by the caller. */
export function keepChange({ view }: Pick<Instance, 'view'>, change: ViewChange): void {
  const known = view.changes.get(change.from)
  if (known === undefined || known.view < change.view) view.changes.set(change.from, change)
}

/** The view changes to the current view, in committee order. */
export function changesToView({ position, view }: Pick<Instance, 'position' | 'view'>): ViewChange[] {
  const all = position.committee.witnesses.flatMap((peer) => view.changes.get(peer) ?? [])
  return all.filter((change) => change.view === view.number)
}
