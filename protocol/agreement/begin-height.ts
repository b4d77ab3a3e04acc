/** Begin: a machine at its first height, with what its disk remembers, and at each height after it. */
import { limits } from '../limits.ts'
import type { PeerKey, Signer } from '../wire/keys.ts'
import type { Application } from './application.ts'
import { bodiesOf } from './bodies.ts'
import { conflictingVotesOf } from './convict.ts'
import type { Recovered } from './effects.ts'
import type { Position } from './entry.ts'
import { type HeightState, type Instance, leaderOf } from './instance.ts'

/** What a machine begins with. */
export interface InstanceOptions {
  /** 32 bytes: the network that signatures are for. */
  readonly domain: Uint8Array
  /** Signs as this witness, which is of the committee of `position`. */
  readonly signer: Signer
  readonly application: Application
  readonly position: Position
  /** The certificate of the entry before; empty at the first height. */
  readonly previousSignatures: ReadonlyMap<PeerKey, Uint8Array>
  /** Proposer of the entry before; `undefined` at the first height of an epoch. */
  readonly lastProposer: PeerKey | undefined
  readonly recovered: Recovered
  readonly abstains: boolean
}

/**
 * A witness's machine at `position`, which keeps all that the disk promises: no vote below a recorded view, and no
 * header but the recorded one. The caller wakes it once: a lock that was found on the disk waits to be decided.
 */
export function createInstance(options: InstanceOptions): Instance {
  const { domain, signer, application, position, recovered, abstains } = options
  const promised = recovered.promise?.height === position.height ? recovered.promise.view : 0
  const locked = recovered.lock?.height === position.height ? recovered.lock.prepared.view : 0
  const instance: Instance = {
    domain,
    self: signer.key,
    signer,
    application,
    abstains,
    forgotten: recovered.crashed ? { height: position.height, view: Math.max(promised, locked) } : undefined,
    early: new Map(),
    patience: 0,
    ...freshHeight(options),
  }
  instance.view.least = Math.max(promised, leastViewAt(instance))
  restoreVotes(instance, recovered)
  return instance
}

/**
 * Moves to the next height after `position.before` was certified. Early messages are the caller's to replay
 * (`takeEarly`), and so is it to wake the machine.
 */
export function advanceInstance(
  instance: Instance,
  position: Position,
  previousSignatures: ReadonlyMap<PeerKey, Uint8Array>,
  lastProposer: PeerKey | undefined,
): void {
  if (instance.view.number === 0) instance.patience = Math.max(0, instance.patience - 1)
  else if (leftLiveLeader(instance)) instance.patience = Math.min(limits.viewPatienceMax, instance.patience + 1)
  const conflictingVotes = conflictingVotesOf(instance, position.before?.headerBytes)
  const fresh: HeightState = {
    ...freshHeight({ position, previousSignatures, lastProposer }),
    evidence: { conflictingVotes },
  }
  // All groups at once; both types are named, so that one that is missing or misspelt does not compile.
  Object.assign<HeightState, HeightState>(instance, fresh)
  instance.view.least = leastViewAt(instance)
}

/** True if a leader that was given up at this height is at work: it was waited for too briefly. */
function leftLiveLeader(instance: Instance): boolean {
  for (let view = 0; view < instance.view.number; view++) {
    const leader = leaderOf(instance, view)
    if (leader === instance.self || instance.view.heardFrom.has(leader)) return true
    if (view >= instance.position.committee.witnesses.length) break
  }
  return false
}

function freshHeight({
  position,
  previousSignatures,
  lastProposer,
}: Pick<InstanceOptions, 'position' | 'previousSignatures' | 'lastProposer'>): HeightState {
  const leader = lastProposer === undefined ? 0 : position.committee.witnesses.indexOf(lastProposer)
  return {
    position,
    collecting: {
      contributions: new Map(),
      bodies: new Map(),
      locks: new Map(),
      contributed: false,
      contributedMs: 0,
      asked: false,
    },
    proposing: {
      previousSignatures,
      proposedView: -1,
      justification: [],
      accepted: undefined,
      known: new Map(),
      waiting: undefined,
    },
    voting: {
      prepares: new Map(),
      prepared: undefined,
      committedView: -1,
      commits: new Map(),
      signed: undefined,
      headerVotes: new Map(),
    },
    view: {
      number: 0,
      least: 0,
      firstLeader: Math.max(0, leader),
      deadlineMs: undefined,
      changes: new Map(),
      heardFrom: new Set(),
    },
    repeating: { atMs: undefined, count: 0 },
    evidence: { conflictingVotes: new Map() },
  }
}

/**
 * Prepare votes are not on the disk, but views above 0 are before anything is sent in them. So after a crash a
 * witness votes in no view that it may have voted in before: at the first undecided height on its disk views up to
 * the recorded one are over, and view 0 of the height after it, that it may have begun before the certificate was
 * durable. (Nothing of the height after that may be sent before that certificate is durable; the caller sees to it.)
 */
function leastViewAt({ forgotten, position }: Instance): number {
  if (forgotten === undefined || position.height > forgotten.height + 1) return 0
  return position.height === forgotten.height ? forgotten.view + 1 : 1
}

function restoreVotes(instance: Instance, { lock, signed }: Recovered): void {
  const { position, voting } = instance
  if (signed?.height === position.height && !instance.abstains) {
    const { headerBytes } = signed
    voting.signed = headerBytes
    voting.headerVotes.set(instance.self, { headerBytes, signature: instance.signer.sign(headerBytes) })
  }
  if (lock?.height !== position.height) return
  voting.prepared = { proof: lock.prepared, bodies: bodiesOf(instance.domain, lock.bodies) }
}
