/**
 * The totals tree: what each payee has earned from one account in the account's whole life. The programs pay
 * `total - paid`, so a claim is idempotent, and any number of jobs is one settlement.
 *
 * Leaf: `"weft-tot"` (8) ‖ payee (32) ‖ total u64 little-endian (8) = 48 bytes; leaves ordered by the payee's bytes.
 */
import { concat, utf8 } from '../wire/hash.ts'
import { decodeKey, type WalletKey } from '../wire/keys.ts'
import { leafHash, type MerkleProof, merkleProof, merkleRoot } from '../wire/merkle.ts'

/** Lifetime micro-credits per payee; every amount greater than zero. */
export type Totals = ReadonlyMap<WalletKey, bigint>

/** The 48 bytes of one leaf, not yet hashed. `total` is below 2^64. */
export function totalsLeaf(payee: WalletKey, total: bigint): Uint8Array {
  const amount = new Uint8Array(8)
  new DataView(amount.buffer).setBigUint64(0, total, true)
  return concat(utf8('weft-tot'), decodeKey(payee), amount)
}

/** 32 bytes: root of the totals tree, 32 zero bytes if nobody has earned. Linear in the payees. */
export function totalsRoot(totals: Totals): Uint8Array {
  return merkleRoot(leaves(totals))
}

/**
 * `payee`'s total in micro-credits with its proof against {@link totalsRoot}; `undefined` if it has none. Linear in the
 * payees.
 */
export function proveTotal(totals: Totals, payee: WalletKey): { total: bigint; proof: MerkleProof } | undefined {
  const total = totals.get(payee)
  if (total === undefined) return undefined
  const index = inKeyOrder(totals).findIndex(([key]) => key === payee)
  return { total, proof: merkleProof(leaves(totals), index) }
}

/** The sum of all totals, micro-credits: an account's lifetime spending. */
export function sumTotals(totals: Totals): bigint {
  let sum = 0n
  for (const total of totals.values()) sum += total
  return sum
}

function leaves(totals: Totals): Uint8Array[] {
  return inKeyOrder(totals).map(([payee, total]) => leafHash(totalsLeaf(payee, total)))
}

/**
 * Amounts per wallet in the order of the wallets' 32 bytes, which is not that of their base58: the order of leaves and
 * payments.
 */
export function inKeyOrder(amounts: ReadonlyMap<WalletKey, bigint>): [WalletKey, bigint][] {
  const keyed = [...amounts].map((pair) => ({ pair, bytes: decodeKey(pair[0]) }))
  keyed.sort((a, b) => compareBytes(a.bytes, b.bytes))
  return keyed.map(({ pair }) => pair)
}

/** Of two keys: negative if `a` comes first. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
