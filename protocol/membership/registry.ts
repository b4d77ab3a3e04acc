/**
 * The registry as the protocol sees it: who is a member in one epoch, which slots they hold, and the epoch's beacon.
 */
import type { PeerKey, WalletKey } from '../wire/keys.ts'

/** A peer that may hold slots and seats in this epoch. */
export interface Member {
  readonly peer: PeerKey
  /** The owner's wallet: it is paid for what the peer earns, and its own jobs are never witnessed by its own peers. */
  readonly owner: WalletKey
}

/** Who takes part in one epoch: the same for every peer that has the epoch's ledger. Never changed once
 * made: what is derived from a view is remembered with the object. */
export interface RegistryView {
  /** A roster's version, or the chain's epoch. */
  readonly epoch: number
  /**
   * 32 unpredictable bytes fixed after everybody in this view registered (on a roster: the hash of the signed roster).
   */
  readonly beacon: Uint8Array
  /** One per peer. */
  readonly members: readonly Member[]
  /** Dense array; `undefined` is a vacant slot. A member holds one slot per unit of minimum stake, one on a roster. */
  readonly slots: readonly (PeerKey | undefined)[]
}

/** A view in which every member holds one slot, in the given order: a roster. */
export function rosterView(epoch: number, beacon: Uint8Array, members: readonly Member[]): RegistryView {
  return { epoch, beacon, members, slots: members.map((member) => member.peer) }
}

/** The member with this key; `undefined` if there is none. Constant time after the first call for a view. */
export function findMember(view: RegistryView, peer: PeerKey): Member | undefined {
  let index = memberIndex.get(view)
  if (index === undefined) {
    index = new Map(view.members.map((member) => [member.peer, member]))
    memberIndex.set(view, index)
  }
  return index.get(peer)
}

const memberIndex = new WeakMap<RegistryView, Map<PeerKey, Member>>()
