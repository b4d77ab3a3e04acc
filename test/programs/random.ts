/** Seeded integers for the fuzzer. */

/** A generator of 32-bit integers (xorshift); the same seed gives the same sequence. */
export function xorshift32(seed: number): () => number {
  let state = (seed | 0) === 0 ? 0x9e3779b9 : seed | 0
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

/** An integer from 0 up to, not including, `bound`. The modulo's bias does not matter to a fuzzer. */
export function uniformInt(next: () => number, bound: number): number {
  return next() % bound
}
