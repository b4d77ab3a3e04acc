import assert from 'node:assert/strict'
import fc from 'fast-check'
import { lowerMedian, METER_MIN_MS, pricePerSecondMax, replicaCap, replicaCost } from '#protocol/credits/price.ts'

describe('price', () => {
  it('divides the price limit among the replicas, rounding down', () => {
    assert.equal(replicaCap({ priceMax: 100n, replicas: 3 }), 33n)
    assert.equal(replicaCap({ priceMax: 2n, replicas: 3 }), 0n)
  })

  it('charges the metered time, at least 100 ms, rounded down, and never more than the cap', () => {
    const cost = (pricePerSecond: bigint, meterMs: number, cap = 1_000n) =>
      replicaCost({ pricePerSecond, meterMs, cap })
    assert.equal(METER_MIN_MS, 100)
    assert.deepEqual([cost(19n, 1), cost(20n, 100), cost(19n, 999), cost(19n, 1_000)], [1n, 2n, 18n, 19n])
    assert.equal(cost(19n, 3_600_000), 1_000n)
    assert.throws(() => cost(1n, 100.5), RangeError)
  })

  it('finds the highest price whose worst case, rounded up, fits the cap', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 50n), fc.integer({ min: 1, max: 3_600_000 }), (cap, timeMs) => {
        const price = pricePerSecondMax({ cap, timeMs })
        const worstCase = (rate: bigint) => (rate * BigInt(timeMs) + 999n) / 1_000n
        assert.ok(worstCase(price) <= cap)
        assert.ok(worstCase(price + 1n) > cap)
      }),
    )
  })
})

describe('lowerMedian', () => {
  it('is the middle one, the lower of two', () => {
    assert.equal(lowerMedian([5]), 5)
    assert.equal(lowerMedian([9, 10]), 9)
    assert.equal(lowerMedian([100, 9, 10]), 10)
    assert.equal(lowerMedian([4, 3, 2, 1]), 2)
    assert.throws(() => lowerMedian([]), RangeError)
  })

  it('lies between honest values while fewer than half are lies', () => {
    const honest = fc.array(fc.integer({ min: 100, max: 200 }), { minLength: 1, maxLength: 9 })
    fc.assert(
      fc.property(honest, fc.array(fc.integer({ min: 0, max: 1_000 }), { maxLength: 8 }), (values, lies) => {
        const all = [...values, ...lies.slice(0, values.length - 1)]
        const median = lowerMedian(all)
        assert.ok(median >= Math.min(...values) && median <= Math.max(...values))
        assert.equal(lowerMedian([...all].reverse()), median)
      }),
    )
  })
})
