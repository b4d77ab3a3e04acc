/**
 * `step`: the next state of an account's log from the state before and one entry. Pure, integers only: whoever holds
 * the inputs computes the same bytes (S2, S8). One entry runs every case as far as its inputs allow, in this order:
 * time and funds, cancel, admit, bind and commit, replace, expire, place, reveal, judge, seal.
 */
import { type Bodies, type Entry, inputIds } from '../agreement/entry.ts'
import { limits } from '../limits.ts'
import { LOAD, type Load, type Offer, PROFILE, type Profile } from '../membership/offer.ts'
import { findMember } from '../membership/registry.ts'
import { buildOfferTable, type OfferTable } from '../placement/offer-table.ts'
import type { PeerKey } from '../wire/keys.ts'
import { admit } from './admit.ts'
import { bind, openReveal } from './bind.ts'
import { draftOf, finish, type Rejection, type Rules, type StateDraft } from './draft.ts'
import { cancel, expire } from './expire.ts'
import { type Input, readInput } from './inputs.ts'
import { judge } from './judge.ts'
import { place } from './place.ts'
import { replace } from './replace.ts'
import { seal } from './seal.ts'
import type { AccountState } from './state.ts'

/** What a step gives: the same for every peer that takes it. */
export interface Stepped {
  /** The state after the entry, one height higher. */
  readonly state: AccountState
  /** Inputs refused for good, with the code that their author is told. */
  readonly rejected: readonly Rejection[]
}

/**
 * The next state; `undefined` if a body is missing or one of them is not a valid input: then the entry is void. `state`
 * is not changed. `bodies` holds at least the entry's inputs; that the entry fits the height, its committee and its
 * epoch is the caller's to check. `onPlacement` is told each placement that was tried and changes nothing. Cost: one
 * signature check per input that is new to this process, and per job that lacks replicas one pass over the offers.
 */
export function step(
  state: AccountState,
  entry: Entry,
  bodies: Bodies,
  rules: Rules,
  onPlacement?: StateDraft['onPlacement'],
): Stepped | undefined {
  const inputs: Input[] = []
  for (const id of inputIds(entry)) {
    const envelope = bodies.get(id)
    const input = envelope === undefined ? undefined : readInput(envelope, rules.domain)
    if (input === undefined) return undefined
    inputs.push(input)
  }
  const timeMs = certifiedTime(state, entry)
  const draft = draftOf(state, {
    rules,
    entry,
    timeMs,
    funds: certifiedFunds(entry, rules, timeMs),
    offers: offersIn(inputs, rules),
    onPlacement,
  })
  cancel(draft, inputs)
  admit(draft, inputs)
  bind(draft, inputs)
  replace(draft)
  expire(draft)
  place(draft)
  openReveal(draft)
  judge(draft, inputs)
  seal(draft)
  return { state: finish(draft), rejected: draft.rejected }
}

/** max(previous, lower median of the witnesses' clocks): f equivocators cannot move it beyond an honest clock. */
function certifiedTime(state: AccountState, entry: Entry): number {
  const clocks = entry.contributions.map((contribution) => contribution.clockMs).sort((a, b) => a - b)
  return Math.max(state.timeMs, clocks[Math.floor((clocks.length - 1) / 2)] ?? 0)
}

/**
 * The (f + 1)-th largest of the witnesses' ledger views that are fresh: at least one honest witness vouches for that
 * much.
 */
function certifiedFunds(entry: Entry, rules: Rules, timeMs: number): bigint | undefined {
  const views = entry.contributions.flatMap(({ funds }) => funds ?? [])
  const fresh = views.filter((view) => view.asOfMs >= timeMs - limits.fundsViewMaxAgeMs).map((view) => view.total)
  fresh.sort((a, b) => (a > b ? -1 : a < b ? 1 : 0))
  return fresh[rules.committee.f]
}

/**
 * The offers among the inputs: per member its newest profile with its newest load. Two statements of one member with
 * one sequence number exclude it from this entry.
 */
export function offersIn(inputs: readonly Input[], rules: Pick<Rules, 'registry'>): OfferTable {
  const profiles = new Map<PeerKey, Profile>()
  const loads = new Map<PeerKey, Load>()
  const equivocators = new Set<PeerKey>()
  for (const input of inputs) {
    const peer = input.envelope.signer
    if (input.kind === PROFILE) keepNewest(profiles, equivocators, peer, input.profile)
    if (input.kind === LOAD) keepNewest(loads, equivocators, peer, input.load)
  }
  const offers: Offer[] = []
  for (const [peer, profile] of profiles) {
    const load = loads.get(peer)
    if (load === undefined || equivocators.has(peer) || findMember(rules.registry, peer) === undefined) continue
    offers.push({ peer, profile, load })
  }
  return buildOfferTable(offers)
}

/**
 * Inputs are ordered by id, so a second statement with the same number is a different one: its author contradicts
 * itself.
 */
function keepNewest<T extends { seq: number }>(
  newest: Map<PeerKey, T>,
  equivocators: Set<PeerKey>,
  peer: PeerKey,
  value: T,
): void {
  const known = newest.get(peer)
  if (known?.seq === value.seq) equivocators.add(peer)
  if (known === undefined || known.seq < value.seq) newest.set(peer, value)
}
