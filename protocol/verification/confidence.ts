/**
 * How sure a verdict is. Two explanations are weighed: the winners are right and those outvoted are wrong, or the
 * winners are all wrong in the same way and those outvoted are right. With the same rate f of wrong replicas before
 * seeing any result, Bayes' rule gives
 *
 *     confidence = 1 / (1 + (f / (1 − f))^(winners − outvoted))
 *
 * This is the credibility of a result group in L. F. G. Sarmenta, "Sabotage-tolerance mechanisms for volunteer
 * computing systems", Future Generation Computer Systems 18(4), 2002, with the cautious reading that all wrong replicas
 * collude. It is a statement about random faults under an assumed rate, not a proof: an adversary who is given all
 * replicas defeats it.
 */

/**
 * Assumed rate of wrong replicas, parts per million: one in ten. Cautious: measured desktop grids returned 2 wrong
 * results in 1,000 (D. Kondo et al., "Characterizing result errors in internet desktop grids", Euro-Par 2007).
 */
const FAULT_RATE_PPM = 100_000

const PPM = 1_000_000n

/**
 * Probability that the winners are right, parts per million, rounded down; 999,999 at most, for nothing is certain.
 * Replicas that did not reply count for neither side. `winners` > `outvoted` ≥ 0.
 */
export function confidencePpm(winners: number, outvoted: number): number {
  const lead = BigInt(winners - outvoted)
  const wrong = BigInt(FAULT_RATE_PPM) ** lead
  const right = (PPM - BigInt(FAULT_RATE_PPM)) ** lead
  const ppm = (right * PPM) / (right + wrong)
  return Number(ppm < PPM ? ppm : PPM - 1n)
}
