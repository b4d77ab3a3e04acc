/**
 * Key grinding: an attacker chooses, among as many registrations as it likes, those that the draw would seat in the
 * committee of one account. It can try them only against beacons that exist; the one that seats it is fixed after it
 * registered. In the draw a key counts by its slot alone.
 */
import { drawSlot } from '#protocol/membership/committee.ts'
import type { Member } from '#protocol/membership/registry.ts'
import { decodeKey, type PeerKey, type WalletKey } from '#protocol/wire/keys.ts'

/**
 * The slots, of `slots`, that `beacon` draws first for `account`: the best that can be ground while `beacon` is the
 * newest.
 */
function groundSlots(
  beacon: Uint8Array,
  account: WalletKey,
  { slots, count }: { slots: number; count: number },
): number[] {
  const found = new Set<number>()
  const bytes = decodeKey(account)
  for (let i = 0; found.size < Math.min(count, slots); i++)
    found.add(drawSlot({ beacon, account: bytes, index: i, slots }))
  return [...found]
}

/** `members` in slots in which the grinders among them would be drawn by `beacon`; the others keep their order. */
export function register(
  members: readonly Member[],
  grinders: ReadonlySet<PeerKey>,
  target: { beacon: Uint8Array; account: WalletKey },
): Member[] {
  const ours = members.filter(({ peer }) => grinders.has(peer))
  const others = members.filter(({ peer }) => !grinders.has(peer))
  const wanted = new Set(groundSlots(target.beacon, target.account, { slots: members.length, count: ours.length }))
  return members.flatMap((_, slot) => (wanted.has(slot) ? ours.splice(0, 1) : others.splice(0, 1)))
}
