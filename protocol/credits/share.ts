/** A fee or a rate in parts of this many. */
export const BASIS_POINTS = 10_000n

/**
 * The one rounding rule: floor(amount × numerator / denominator). Multiply first, divide once, round towards zero; what
 * is left over stays with the payer. The Solana programs round alike (`test/vectors/amounts.json`). No argument is
 * negative and the denominator is not zero.
 */
export function share(amount: bigint, numerator: bigint, denominator: bigint): bigint {
  return (amount * numerator) / denominator
}
