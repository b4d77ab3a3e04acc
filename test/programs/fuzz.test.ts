import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { fuzz } from './fuzz.ts'

/** More by `npm run fuzz:programs`. */
const TRANSACTIONS = 1_000

describe('random instructions from honest and hostile callers', () => {
  const did = new Map<string, number>()

  for (const seed of [1, 2, 3, 4, randomInt(2 ** 31)]) {
    it(`conserve every unit over ${TRANSACTIONS} transactions, seed ${seed}`, async () => {
      const report = await fuzz({ seed, steps: TRANSACTIONS })
      assert(report.sent >= TRANSACTIONS)
      assert(report.refused.size > 15, `only ${report.refused.size} kinds of refusal`)
      for (const [name, count] of report.did) did.set(name, (did.get(name) ?? 0) + count)
    }).timeout(120_000)
  }

  it('passed instructions of nearly every kind', () => {
    assert(did.size >= 20, `only ${[...did].map(([name, count]) => `${name} ${count}`).join(', ')}`)
  })
})
