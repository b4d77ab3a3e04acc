import assert from 'node:assert/strict'
import fc from 'fast-check'
import { demandsOf } from '#protocol/placement/eligible.ts'
import { explain } from '#protocol/placement/explain.ts'
import { fmix32, foldBytes, mix } from '#protocol/placement/mix.ts'
import { policies } from '#protocol/placement/policies.ts'
import { PREDICTED_MS_MAX, runMsAt, speedMinFor } from '#protocol/placement/predict.ts'
import { finishMsOf, logPoints, pricePoints, scoreOf, scoringOf } from '#protocol/placement/score.ts'
import { inputOf, jobOf, offerOf } from './network.ts'

describe('score', () => {
  it('predicts the time limit scaled by speed, rounded up, plus the backlog', () => {
    const at = (speedMilli: number, backlogMs: number, timeMs = 30_000) =>
      finishMsOf(
        demandsOf(
          inputOf([offerOf('peer', { profile: { speedMilli }, load: { backlogMs } })], {
            job: jobOf({ requirements: { timeMs } }),
          }),
        ),
        0,
      )
    assert.equal(at(1_000, 0), 30_000)
    assert.equal(at(2_000, 500), 15_500)
    assert.equal(at(7_000, 0, 10), 2)
    assert.equal(at(1, Number.MAX_SAFE_INTEGER), PREDICTED_MS_MAX)
  })

  it('is the sum of the points of price, finish and load, each times its weight, and what explain shows', () => {
    const offer = offerOf('peer', {
      profile: { pricePerSecond: 1_023n, speedMilli: 1_000, slots: 4 },
      load: { freeSlots: 1, backlogMs: 2_767 },
    })
    for (const [policy, { price, finish, load }] of Object.entries(policies)) {
      const input = inputOf([offer], { job: jobOf({ policy }), want: 1 })
      const score = scoreOf(scoringOf(demandsOf(input), policy), 0)
      // 1,024 = 2^10; 30,000 + 2,767 + 1 = 2^15; 3 of 4 slots.
      assert.equal(score, price * 160 + finish * 240 + load * 12, policy)
      assert.equal(explain(input)[0]?.score, score)
    }
  })

  it('finds the lowest speed that makes the deadline', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 3_600_000 }),
        fc.integer({ min: 1, max: 86_400_000 }),
        (timeMs, remainingMs) => {
          const speed = speedMinFor(timeMs, remainingMs)
          assert.ok(runMsAt(timeMs, speed) <= remainingMs)
          assert.ok(speed === 1 || runMsAt(timeMs, speed - 1) > remainingMs)
        },
      ),
    )
    assert.ok(speedMinFor(1, 0) > 1_000_000)
  })

  it('counts sixteen points per doubling and never falls', () => {
    assert.deepEqual([0, 1, 3, 7, 1_023, 2 ** 30 - 1].map(logPoints), [0, 16, 32, 48, 160, 480])
    assert.deepEqual([2 ** 31 - 2, 2 ** 31 - 1, 2 ** 31, 2 ** 48 - 1].map(pricePoints), [495, 496, 496, 768])
    fc.assert(
      fc.property(fc.nat(PREDICTED_MS_MAX - 1), (value) => {
        const step = logPoints(value + 1) - logPoints(value)
        assert.ok(step === 0 || step === 1 || value < 16)
        assert.ok(step >= 0)
      }),
    )
    fc.assert(
      fc.property(fc.maxSafeNat(), fc.maxSafeNat(), (a, b) => {
        const [low, high] = [Math.min(a, b) % 2 ** 48, Math.max(a, b) % 2 ** 48].sort((x, y) => x - y)
        assert.ok(pricePoints(low ?? 0) <= pricePoints(high ?? 0))
      }),
    )
  })
})

describe('mix', () => {
  it('is the finaliser of MurmurHash3', () => {
    // From the reference implementation, MurmurHash3.cpp.
    assert.deepEqual(
      [0, 1, 2, 0xffffffff].map((word) => fmix32(word | 0) >>> 0),
      [0, 0x514e28b7, 0x30f4c306, 0x81f16f39],
    )
  })

  it('flips about half of the bits for any change of seed or peer', () => {
    const flips: number[] = []
    for (let bit = 0; bit < 256; bit++) {
      const seed = new Uint8Array(32).fill(bit)
      const changed = seed.slice()
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      const [a, b, peer] = [foldBytes(seed), foldBytes(changed), foldBytes(Uint8Array.of(1, 2, 3))]
      const difference = mix(a, peer.a, peer.b) ^ mix(b, peer.a, peer.b)
      flips.push(difference.toString(2).replace(/[^1]/g, '').length)
      assert.notEqual(difference, 0)
    }
    const mean = flips.reduce((sum, count) => sum + count, 0) / flips.length
    assert.ok(mean > 6, `${mean}`)
  })
})
