import assert from 'node:assert/strict'
import fc from 'fast-check'
import { pickOffers } from '#node/core/offers/pick-offers.ts'
import { buildOfferTable } from '#protocol/placement/offer-table.ts'
import { place } from '#protocol/placement/place.ts'
import { arbitraryInput, inputOf, jobOf, keyOf, NOW_MS, offerOf } from '../placement/network.ts'

const room = 32

describe('the offers that a witness contributes', () => {
  it('decide about a job as all that it knows would', () => {
    fc.assert(
      fc.property(arbitraryInput, (request) => {
        const { peers } = pickOffers(request.offers, [request], {
          room: request.want + request.standbys,
          nowMs: NOW_MS,
        })
        const some = request.offers.offers.filter(({ peer }) => peers.includes(peer))
        assert.deepEqual(place({ ...request, offers: buildOfferTable(some) }), place(request))
      }),
      { numRuns: 500 },
    )
  })

  it('hold the best for each job, however many cheaper ones fit another', () => {
    const crowd = Array.from({ length: 50 }, (_, i) => offerOf(`cheap ${i}`, { profile: { pricePerSecond: 1n } }))
    const offers = [...crowd, offerOf('gpu', { profile: { gpuMemoryBytes: 2 ** 34, pricePerSecond: 1_000n } })]
    const request = inputOf(offers, { want: 1 })
    const special = { ...request, job: jobOf({ requirements: { gpuMemoryBytes: 2 ** 33 } }) }
    const { peers, unmet } = pickOffers(request.offers, [request, special], { room, nowMs: NOW_MS })
    assert.ok(peers.includes(keyOf('gpu')))
    assert.deepEqual([peers.length, new Set(peers).size, unmet.length], [room, room, 0])
  })

  it('hold a full peer that fits, so that its job waits and does not fail', () => {
    const crowd = Array.from({ length: 50 }, (_, i) => offerOf(`other ${i}`, { profile: { engines: ['wasm'] } }))
    const full = offerOf('full', { load: { freeSlots: 0 }, profile: { pricePerSecond: 2_000n } })
    const request = inputOf([...crowd, full], { want: 1 })
    assert.ok(pickOffers(request.offers, [request], { room, nowMs: NOW_MS }).peers.includes(keyOf('full')))
  })

  it('tell which jobs nobody known fits', () => {
    const request = inputOf([offerOf('only')], { want: 1, job: jobOf({ engine: { type: 'rare', params: {} } }) })
    const { peers, unmet } = pickOffers(request.offers, [request], { room, nowMs: NOW_MS })
    assert.deepEqual([peers, unmet], [[keyOf('only')], [request]])
  })
})
