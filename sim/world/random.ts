/**
 * The simulator's only source of chance: a seed and a name give one stream, on every machine and every version of Node.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'
import { sha256, utf8 } from '#protocol/wire/hash.ts'

/** A stream of chance. All results are exact: integers, and floats made only with the four basic operations. */
export interface Chance {
  /** An integer from `low` to `high`, both included. */
  int(low: number, high: number): number
  /** True with a probability of `ppm` in a million. */
  ppm(ppm: number): boolean
  pick<T>(list: readonly T[]): T
  /** `count` different elements (all if there are fewer), in random order. */
  sample<T>(list: readonly T[], count: number): T[]
  /** Exponentially distributed with the given mean. */
  exponential(mean: number): number
  bytes(length: number): Uint8Array
}

const MILLION = 1_000_000

/** The stream called `name` of `seed`: streams of different names are independent, so adding one disturbs no other. */
export function chanceFrom(seed: number, name: string): Chance {
  const start = new DataView(sha256(utf8(`weft/sim/${seed}/${name}`)).buffer).getInt32(0)
  const generator = xoroshiro128plus(start)
  const int = (low: number, high: number): number => uniformInt(generator, low, high)
  const sample = <T>(list: readonly T[], count: number): T[] => {
    const left = [...list]
    const out: T[] = []
    while (out.length < count && left.length > 0) out.push(...left.splice(int(0, left.length - 1), 1))
    return out
  }
  return {
    int,
    ppm: (ppm) => int(0, MILLION - 1) < ppm,
    pick: (list) => at(list, int(0, list.length - 1)),
    sample,
    exponential: (mean) => -mean * naturalLog((int(0, 2 ** 30) + 1) / (2 ** 30 + 1)),
    bytes: (length) => Uint8Array.from({ length }, () => int(0, 255)),
  }
}

/** `list[index]`, which must exist. */
export function at<T>(list: readonly T[], index: number): T {
  const value = list[index]
  if (value === undefined) throw new RangeError(`no element ${index} of ${list.length}`)
  return value
}

const { LN2 } = Math

/** ln x for x in (0, 1]. `Math.log` may differ in its last bit between versions of the engine; this cannot. */
function naturalLog(x: number): number {
  let mantissa = x
  let exponent = 0
  while (mantissa < 0.5) {
    mantissa *= 2
    exponent--
  }
  const y = (mantissa - 1) / (mantissa + 1)
  let power = y
  let sum = 0
  for (let k = 1; k < 40; k += 2) {
    sum += power / k
    power *= y * y
  }
  return 2 * sum + exponent * LN2
}
