/**
 * Who gets what of a verdict. Each replica's cost gives a share to a pool for the witnesses that voted for the previous
 * entry; everything that is charged is paid, to the unit (property S4).
 */
import type { WalletKey } from '../wire/keys.ts'
import { BASIS_POINTS, share } from './share.ts'
import { inKeyOrder } from './totals.ts'

/** Micro-credits, more than zero, to one wallet. */
export interface Payment {
  readonly payee: WalletKey
  readonly amount: bigint
}

/** A charge and who gets it. */
export interface VerdictSplit {
  /** Ordered by the payee's 32 bytes, one per payee, none of zero; their sum is `charged`. */
  readonly payments: readonly Payment[]
  /** Micro-credits, 0 or more. */
  readonly charged: bigint
}

/**
 * Splits the costs of paid replicas. Each cost gives floor(cost × witnessFeeBps / 10000) to the pool; the pool is
 * divided equally among `witnesses` (their owners, in committee order; one wallet may stand there several times), the
 * remainder goes one micro-credit each to the first ones. Without witnesses the replicas keep everything.
 * `witnessFeeBps` is 0 to 10,000; throws RangeError otherwise, and for a negative cost.
 */
export function splitVerdict(args: {
  readonly costs: readonly { readonly payee: WalletKey; readonly cost: bigint }[]
  readonly witnesses: readonly WalletKey[]
  readonly witnessFeeBps: number
}): VerdictSplit {
  const { costs, witnesses, witnessFeeBps } = args
  if (witnessFeeBps < 0 || witnessFeeBps > Number(BASIS_POINTS))
    throw new RangeError('a fee is 0 to 10,000 basis points')
  if (costs.some(({ cost }) => cost < 0n)) throw new RangeError('a cost is not negative')
  const bps = witnesses.length === 0 ? 0n : BigInt(witnessFeeBps)
  const amounts = new Map<WalletKey, bigint>()
  let charged = 0n
  let pool = 0n
  for (const { payee, cost } of costs) {
    const fee = share(cost, bps, BASIS_POINTS)
    charged += cost
    pool += fee
    add(amounts, payee, cost - fee)
  }
  divide(pool, witnesses).forEach((part, i) => {
    const payee = witnesses[i]
    if (payee !== undefined) add(amounts, payee, part)
  })
  return { payments: inKeyOrder(amounts).map(([payee, amount]) => ({ payee, amount })), charged }
}

/** Equal shares of `pool`, one per member of `among`; the first ones get one unit more until the remainder is gone. */
function divide(pool: bigint, among: readonly unknown[]): bigint[] {
  const count = BigInt(among.length)
  return among.map((_, i) => pool / count + (BigInt(i) < pool % count ? 1n : 0n))
}

function add(amounts: Map<WalletKey, bigint>, payee: WalletKey, amount: bigint): void {
  if (amount > 0n) amounts.set(payee, (amounts.get(payee) ?? 0n) + amount)
}
