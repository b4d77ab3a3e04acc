import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { fuzz } from './fuzz.ts'

describe('random instructions from honest and hostile callers', () => {
  // More steps, by `node --import tsx scripts/fuzz-programs.mjs`.
  for (const seed of [1, 2, 3, 4, randomInt(2 ** 31)]) {
    it(`conserve every unit over 1,000 transactions, seed ${seed}`, async () => {
      const { passed, refused } = await fuzz({ seed, steps: 1_000 })
      assert(passed > 100, `only ${passed} passed`)
      assert(refused.size > 15, `only ${refused.size} kinds of refusal`)
    }).timeout(120_000)
  }
})
