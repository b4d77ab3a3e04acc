import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Offer } from '#protocol/membership/offer.ts'
import type { PlacementRequest } from '#protocol/placement/eligible.ts'
import { buildOfferTable } from '#protocol/placement/offer-table.ts'
import { type Placement, place } from '#protocol/placement/place.ts'
import { arbitraryInput, inputOf, jobOf, keyOf, offerOf, seedOf } from './network.ts'

function primaries(input: PlacementRequest): readonly string[] {
  const placement = place(input)
  assert.equal(placement.status, 'placed')
  return placement.status === 'placed' ? placement.primaries : []
}

const named = (count: number): Offer[] => Array.from({ length: count }, (_, i) => offerOf(`peer ${i}`))
const code = (placement: Placement): string => (placement.status === 'unplaceable' ? placement.code : placement.status)

describe('place', () => {
  it('takes exactly the primaries wanted, all different, and as many standbys as there are', () => {
    const placement = place(inputOf(named(4)))
    assert.equal(placement.status, 'placed')
    if (placement.status !== 'placed') return
    assert.equal(placement.primaries.length, 3)
    assert.equal(placement.standbys.length, 1)
    assert.equal(new Set([...placement.primaries, ...placement.standbys]).size, 4)
  })

  it('decides the same for any order of the offers', () => {
    fc.assert(
      fc.property(arbitraryInput, fc.infiniteStream(fc.nat()), (input, numbers) => {
        const shuffled = [...input.offers.offers]
          .map((offer) => ({ offer, at: numbers.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ offer }) => offer)
        assert.deepEqual(place({ ...input, offers: buildOfferTable(shuffled) }), place(input))
      }),
    )
  })

  it('decides the same for any order of the members', () => {
    fc.assert(
      fc.property(arbitraryInput, (input) => {
        const members = [...input.registry.members].reverse()
        assert.deepEqual(place({ ...input, registry: { ...input.registry, members } }), place(input))
      }),
    )
  })

  it('lets the newest of several offers of one peer count, in any order', () => {
    const old = offerOf('peer 0', { profile: { engines: [] } })
    const newer = offerOf('peer 0', { profile: { seq: 2 } })
    const twin = offerOf('peer 0', { profile: { seq: 2, pricePerSecond: 9n } })
    for (const offers of [
      [old, newer],
      [newer, old],
    ])
      assert.equal(place(inputOf(offers, { want: 1 })).status, 'placed')
    const [a, b] = [offerOf('a'), offerOf('b')]
    assert.deepEqual(buildOfferTable([a, b]).offers, buildOfferTable([b, a]).offers)
    assert.deepEqual(buildOfferTable([newer, twin]).offers, buildOfferTable([twin, newer]).offers)
  })

  it('gives equal peers an equal share over many seeds', () => {
    const peers = 20
    const seeds = 4_000
    const offers = buildOfferTable(named(peers))
    const base = inputOf(named(peers))
    const taken = new Map<string, number>()
    for (let seed = 0; seed < seeds; seed++) {
      for (const peer of primaries({ ...base, offers, seed: seedOf(seed) })) taken.set(peer, (taken.get(peer) ?? 0) + 1)
    }
    // Each count is binomial(4000, 3/20): mean 600, deviation 22.6. Chi-square with 19 degrees: 43.8 is exceeded once
    // in 1,000.
    const mean = (seeds * 3) / peers
    const chiSquare = [...taken.values()].reduce(
      (sum, count) => sum + (count - mean) ** 2 / (mean * (1 - 3 / peers)),
      0,
    )
    assert.equal(taken.size, peers)
    assert.ok(chiSquare * (1 - 1 / peers) < 43.8, `chi-square ${chiSquare}`)
    for (const count of taken.values()) assert.ok(Math.abs(count - mean) < 5 * 22.6, `${count} of ${mean}`)
  })

  it('keeps sharing when the price differs by less than 5 per cent', () => {
    const offers = [1_000n, 1_001n, 1_003n, 1_005n].map((pricePerSecond, i) =>
      offerOf(`peer ${i}`, { profile: { pricePerSecond } }),
    )
    const first = new Set(
      Array.from({ length: 64 }, (_, i) => primaries(inputOf(offers, { want: 1, seed: seedOf(i) }))[0]),
    )
    assert.equal(first.size, 4)
  })

  it('follows the policy: cheapest, fastest, spread, balanced', () => {
    const offers = [
      offerOf('cheap', { profile: { pricePerSecond: 10n, speedMilli: 500 } }),
      offerOf('fast', { profile: { pricePerSecond: 40n, speedMilli: 1_500 } }),
      offerOf('even', { profile: { pricePerSecond: 12n, speedMilli: 1_000 }, load: { freeSlots: 3 } }),
    ]
    const first = (policy: string) => primaries(inputOf(offers, { want: 1, job: jobOf({ policy }) }))[0]
    assert.equal(first('cheapest'), keyOf('cheap'))
    assert.equal(first('fastest'), keyOf('fast'))
    assert.equal(first('balanced'), keyOf('even'))
    assert.notEqual(first('spread'), keyOf('even'))
  })

  it('is not swayed by an extreme offer: the others keep their order', () => {
    const offers = [
      offerOf('a', { profile: { pricePerSecond: 10n } }),
      offerOf('b', { profile: { pricePerSecond: 20n } }),
      offerOf('c', { profile: { pricePerSecond: 30n } }),
    ]
    const liar = offerOf('liar', { profile: { pricePerSecond: 0n, speedMilli: 1_000_000 } })
    const others = primaries(inputOf([...offers, liar], { want: 4 })).filter((peer) => peer !== liar.peer)
    assert.deepEqual(others, primaries(inputOf(offers)))
  })

  it('waits when enough peers fit but too few have a free slot', () => {
    const offers = named(3).map((offer, i) => (i === 0 ? offerOf('peer 0', { load: { freeSlots: 0 } }) : offer))
    assert.equal(place(inputOf(offers)).status, 'waiting')
    assert.equal(place(inputOf(offers, { want: 2 })).status, 'placed')
  })

  it("counts slots that the account's other jobs hold, once", () => {
    const twoSlots = (freeSlots: number) => [offerOf('peer 0', { profile: { slots: 2 }, load: { freeSlots } })]
    const claim = (slots: number) => ({ want: 1, claims: new Map([[keyOf('peer 0'), slots]]) })
    assert.equal(place(inputOf(twoSlots(2), claim(2))).status, 'waiting')
    assert.equal(place(inputOf(twoSlots(1), claim(1))).status, 'placed')
    assert.equal(place(inputOf(twoSlots(2), claim(1))).status, 'placed')
  })

  it('says NO_MATCHING_PEER when too few could ever fit, PRICE_TOO_LOW when only price is in the way', () => {
    assert.equal(code(place(inputOf(named(2)))), 'NO_MATCHING_PEER')
    assert.equal(code(place(inputOf([], { want: 1 }))), 'NO_MATCHING_PEER')
    const dear = [...named(2), offerOf('dear', { profile: { pricePerSecond: 2n ** 40n } })]
    assert.equal(code(place(inputOf(dear))), 'PRICE_TOO_LOW')
    assert.equal(code(place(inputOf(dear, { want: 4 }))), 'NO_MATCHING_PEER')
  })

  it('admits a price whose worst case, rounded up, is just the cap, and none above', () => {
    const at = (pricePerSecond: bigint, priceMax: bigint) =>
      code(
        place(
          inputOf([offerOf('peer', { profile: { pricePerSecond } })], {
            want: 1,
            job: jobOf({ priceMax, requirements: { timeMs: 1_500 } }),
          }),
        ),
      )
    assert.equal(at(7n, 33n), 'placed') // 7 x 1.5 = 10.5, 11 rounded up; the cap of three replicas is 11
    assert.equal(at(7n, 32n), 'PRICE_TOO_LOW')
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 48n - 1n), fc.bigInt(0n, 2n ** 60n), (price, priceMax) => {
        const worst = (price * 1_500n + 999n) / 1_000n
        assert.equal(at(price, priceMax) === 'placed', worst <= priceMax / 3n)
      }),
    )
  })

  it('runs on the account’s own peers only if it owns every member', () => {
    const offers = named(3)
    const input = inputOf(offers, { want: 1, standbys: 3 })
    const ownedBy = (own: number) => ({
      ...input.registry,
      members: input.registry.members.map((m, i) => (i < own ? { ...m, owner: keyOf('poster') } : m)),
    })
    const count = (own: number) => {
      const placement = place({ ...input, registry: ownedBy(own) })
      return placement.status === 'placed' ? 1 + placement.standbys.length : 0
    }
    assert.deepEqual([count(0), count(1), count(2), count(3)], [3, 2, 1, 3])
  })
})
