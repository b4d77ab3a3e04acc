import assert from 'node:assert/strict'
import { limits } from '#protocol/limits.ts'
import type { Offer } from '#protocol/membership/offer.ts'
import { explain } from '#protocol/placement/explain.ts'
import { place } from '#protocol/placement/place.ts'
import { inputOf, jobOf, keyOf, NOW_MS, offerOf } from './network.ts'

const latestMs = NOW_MS + limits.offerTtlMs + limits.clockSkewMs

function taken(offer: Offer): boolean {
  return place(inputOf([offer], { want: 1, standbys: 0 })).status === 'placed'
}

describe('the life of an offer', () => {
  it('counts up to what the fastest clock that is survived may say', () => {
    const until = (profileMs: number, loadMs: number): Offer =>
      offerOf('peer', { profile: { expiresMs: profileMs }, load: { expiresMs: loadMs } })
    assert.equal(taken(until(latestMs, latestMs)), true)
    assert.equal(taken(until(latestMs + 1, latestMs)), false, 'a profile that lives too long')
    assert.equal(taken(until(latestMs, latestMs + 1)), false, 'a load that lives too long')
    assert.equal(taken(until(Number.MAX_SAFE_INTEGER, NOW_MS + 1)), false, 'a profile that lives for ever')
  })

  it('is a reason that is explained', () => {
    const offer = offerOf('peer', { profile: { expiresMs: latestMs + 5 } })
    const [line] = explain(inputOf([offer]))
    assert.deepEqual(line?.reason, { code: 'OFFER_TOO_LONG', expiresMs: latestMs + 5, latestMs })
  })
})

describe('a claimed speed', () => {
  it('counts up to a bound, so that it is beaten by a lower price', () => {
    const liar = offerOf('liar', { profile: { speedMilli: 1_000_000, pricePerSecond: 1_000n } })
    const bound = offerOf('bound', { profile: { speedMilli: limits.speedMilliMax, pricePerSecond: 1_000n } })
    const honest = offerOf('honest', { profile: { speedMilli: 1_000, pricePerSecond: 30n } })
    const input = inputOf([liar, bound, honest], { job: jobOf({ priceMax: 10n ** 9n }), want: 1, standbys: 0 })
    const [first, ...others] = explain(input)
    assert.equal(first?.peer, keyOf('honest'))
    assert.equal(others[0]?.score, others[1]?.score)
  })
})
