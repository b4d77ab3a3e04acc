/**
 * Who keeps an account's log in an epoch. The draw is a public function of the registry, the beacon and the account, so
 * anybody can check it, and nobody can choose it: keys take part only after the beacon was fixed.
 */
import { concat, sha256 } from '../wire/hash.ts'
import { decodeKey, type PeerKey, type WalletKey } from '../wire/keys.ts'
import type { RegistryView } from './registry.ts'

/** The witnesses of one account in one epoch, with the sizes that follow from how many could be drawn. */
export interface Committee {
  /** The epoch of the registry view that it was drawn from. */
  readonly epoch: number
  /** In drawing order; a witness's index is its position here. */
  readonly witnesses: readonly PeerKey[]
  /** Witnesses: 7, 4, 3, 1, or 0 if the registry has no member with a slot. */
  readonly n: number
  /** Byzantine witnesses that it survives. */
  readonly f: number
  /** Signatures that make a certificate: floor((n + f) / 2) + 1. */
  readonly q: number
  /**
   * What a user should be told about it. `byzantine`: f of them may lie. `crashes`: one may fail, none may lie.
   * `single`: one other peer decides. `own`: every member is the wallet's own.
   */
  readonly tolerance: 'byzantine' | 'crashes' | 'single' | 'own'
}

/** Hashes tried before the draw scans on linearly; bounds the work in a registry with many vacant slots. */
export const DRAW_HASHES_MAX = 64

/**
 * The committee of the log `account` in `view`. Members owned by `owner`, the wallet that the account belongs to, are
 * not drawn unless there is no other. The same on every machine; linear in the members, at most 64 hashes. A wallet's
 * own account has the wallet's key; a one-job account has another (see `account/job-account.ts`).
 */
export function drawCommittee(view: RegistryView, account: WalletKey, owner: WalletKey = account): Committee {
  const owners = new Map(view.members.map((member) => [member.peer, member.owner]))
  const holders = new Set(view.slots.filter((peer) => peer !== undefined && owners.has(peer)))
  const others = new Set([...holders].filter((peer) => peer !== undefined && owners.get(peer) !== owner))
  const own = others.size === 0
  const eligible = own ? holders : others
  const { n, f } = sizeFor(eligible.size)
  const witnesses = draw(view, account, eligible, n)
  return { epoch: view.epoch, witnesses, n, f, q: quorum(n, f), tolerance: own ? 'own' : toleranceOf(n) }
}

/** floor((n + f) / 2) + 1: two quorums share at least one witness that is not Byzantine. */
export function quorum(n: number, f: number): number {
  return Math.floor((n + f) / 2) + 1
}

/** The committee table: how many witnesses, and how many of them may be Byzantine, for `members` eligible members. */
export function sizeFor(members: number): { n: number; f: number } {
  if (members >= 7) return { n: 7, f: 2 }
  if (members >= 4) return { n: 4, f: 1 }
  if (members === 3) return { n: 3, f: 0 }
  return { n: Math.min(members, 1), f: 0 }
}

/** One hash of a draw. */
interface SlotDraw {
  /** 32 bytes: the epoch's. */
  readonly beacon: Uint8Array
  /** 32 bytes: the key of the log. */
  readonly account: Uint8Array
  /** Which hash, from 0. */
  readonly index: number
  /** Slots of the registry, at least 1. */
  readonly slots: number
}

/**
 * Slot number that one hash of the draw names: the first 8 bytes of sha256(beacon ‖ account ‖ index as u32),
 * little-endian, modulo the slots. The Solana programs compute the same (`test/vectors/draws.json`).
 */
export function drawSlot({ beacon, account, index, slots }: SlotDraw): number {
  const counter = new Uint8Array(4)
  new DataView(counter.buffer).setUint32(0, index, true)
  const hash = sha256(concat(beacon, account, counter))
  return Number(new DataView(hash.buffer, hash.byteOffset).getBigUint64(0, true) % BigInt(slots))
}

function draw(
  view: RegistryView,
  account: WalletKey,
  eligible: ReadonlySet<PeerKey | undefined>,
  n: number,
): PeerKey[] {
  const drawn: PeerKey[] = []
  const take = (slot: number): void => {
    const peer = view.slots[slot]
    if (peer !== undefined && eligible.has(peer) && !drawn.includes(peer)) drawn.push(peer)
  }
  const accountBytes = decodeKey(account)
  let slot = 0
  for (let i = 0; i < DRAW_HASHES_MAX && drawn.length < n; i++) {
    slot = drawSlot({ beacon: view.beacon, account: accountBytes, index: i, slots: view.slots.length })
    take(slot)
  }
  for (let step = 1; step <= view.slots.length && drawn.length < n; step++) take((slot + step) % view.slots.length)
  return drawn
}

function toleranceOf(n: number): Committee['tolerance'] {
  return n >= 4 ? 'byzantine' : n === 3 ? 'crashes' : 'single'
}
