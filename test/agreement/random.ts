/** The fuzzer's only source of chance: one seed gives one run. */
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

export interface Random {
  /** An integer from `low` to `high`, both included. */
  int(low: number, high: number): number
  /** True with a probability of `percent` in a hundred. */
  chance(percent: number): boolean
  pick<T>(list: readonly T[]): T
}

export function randomFrom(seed: number): Random {
  const generator = xoroshiro128plus(seed)
  const int = (low: number, high: number): number => uniformInt(generator, low, high)
  return {
    int,
    chance: (percent) => int(0, 99) < percent,
    pick: (list) => at(list, int(0, list.length - 1)),
  }
}

/** `list[index]`, which must exist. */
export function at<T>(list: readonly T[], index: number): T {
  const value = list[index]
  if (value === undefined) throw new RangeError(`no element ${index} of ${list.length}`)
  return value
}
