import assert from 'node:assert/strict'
import fc from 'fast-check'
import { explain, type PeerExplanation } from '#protocol/placement/explain.ts'
import { place } from '#protocol/placement/place.ts'
import { arbitraryInput, inputOf, jobOf, keyOf, NOW_MS, offerOf } from './network.ts'

const byName = (lines: readonly PeerExplanation[], name: string) => lines.find(({ peer }) => peer === keyOf(name))

describe('explain', () => {
  it('agrees with place for every input', () => {
    fc.assert(
      fc.property(arbitraryInput, (input) => {
        const lines = explain(input)
        const eligible = lines.filter((line) => line.eligible)
        const fit = lines.filter(
          (line) => line.eligible || (line.reason?.code === 'NO_FREE_SLOT' && line.reason.slots > 0),
        )
        const priced = [...fit, ...lines.filter((line) => line.reason?.code === 'PRICE_HIGH')]
        const placement = place(input)
        switch (placement.status) {
          case 'placed': {
            const ranked = eligible.map(({ peer }) => peer)
            assert.deepEqual(placement.primaries, ranked.slice(0, input.want))
            assert.deepEqual(placement.standbys, ranked.slice(input.want, input.want + input.standbys))
            assert.equal(placement.primaries.length, input.want)
            break
          }
          case 'waiting':
            assert.ok(eligible.length < input.want && fit.length >= input.want)
            break
          case 'unplaceable':
            assert.ok(fit.length < input.want)
            assert.equal(placement.code, priced.length >= input.want ? 'PRICE_TOO_LOW' : 'NO_MATCHING_PEER')
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('has one line per offer and per silent member, ranked first, each with exactly a rank or a reason', () => {
    fc.assert(
      fc.property(arbitraryInput, (input) => {
        const lines = explain(input)
        const peers = new Set([...input.offers.rowOf.keys(), ...input.registry.members.map(({ peer }) => peer)])
        assert.deepEqual(new Set(lines.map(({ peer }) => peer)), peers)
        assert.equal(lines.length, peers.size)
        lines.forEach((line, i) => {
          assert.equal(line.eligible, line.reason === undefined)
          assert.equal(line.rank, line.eligible ? i + 1 : undefined)
          const next = lines[i + 1]
          if (line.score !== undefined && next?.score !== undefined) assert.ok(line.score <= next.score)
        })
      }),
    )
  })

  it('names the rule that each peer breaks, with what was needed and what was offered', () => {
    const offers = [
      offerOf('fit'),
      offerOf('engine', { profile: { engines: ['wasm'] } }),
      offerOf('memory', { profile: { memoryBytes: 1 } }),
      offerOf('gpu', { profile: { gpuMemoryBytes: 99 } }),
      offerOf('model', { profile: { models: ['other'] } }),
      offerOf('region', { profile: { region: 'us' } }),
      offerOf('slow', { profile: { speedMilli: 1 } }),
      offerOf('dear', { profile: { pricePerSecond: 11_112n } }),
      offerOf('full', { load: { freeSlots: 0 } }),
      offerOf('expired', { load: { expiresMs: NOW_MS } }),
      offerOf('excluded'),
      offerOf('own'),
      offerOf('stranger'),
    ].map((offer) => {
      const has = (name: string) => offer.peer === keyOf(name)
      const models = has('model') ? ['tiny'] : ['tiny', 'base']
      return { ...offer, profile: { ...offer.profile, models, gpuMemoryBytes: has('gpu') ? 99 : 100 } }
    })
    const base = inputOf([...offers, offerOf('silent')])
    const input = inputOf(offers, {
      job: jobOf({ requirements: { regions: ['eu', 'asia'], models: ['tiny', 'base'], gpuMemoryBytes: 100 } }),
      registry: {
        ...base.registry,
        members: base.registry.members
          .filter(({ peer }) => peer !== keyOf('stranger'))
          .map((member) => (member.peer === keyOf('own') ? { ...member, owner: keyOf('poster') } : member)),
      },
      excluded: new Set([keyOf('excluded')]),
      want: 1,
    })
    const lines = explain(input)
    const reason = (name: string) => byName(lines, name)?.reason
    assert.equal(byName(lines, 'fit')?.rank, 1)
    assert.deepEqual(reason('engine'), { code: 'ENGINE_MISSING', needed: 'python', offered: ['wasm'] })
    assert.deepEqual(reason('memory'), { code: 'MEMORY_SHORT', neededBytes: 2 ** 28, offeredBytes: 1 })
    assert.deepEqual(reason('gpu'), { code: 'GPU_MEMORY_SHORT', neededBytes: 100, offeredBytes: 99 })
    assert.deepEqual(reason('model'), { code: 'MODEL_MISSING', needed: ['tiny', 'base'], offered: ['tiny'] })
    assert.deepEqual(reason('region'), { code: 'REGION_OTHER', needed: ['eu', 'asia'], offered: 'us' })
    assert.deepEqual(reason('slow'), { code: 'TOO_SLOW', neededMs: 600_000, offeredMs: 30_000_000 })
    assert.deepEqual(reason('dear'), { code: 'PRICE_HIGH', cap: 333_333n, worstCase: 333_360n })
    assert.deepEqual(reason('full'), { code: 'NO_FREE_SLOT', slots: 4, free: 0, claimed: 0 })
    assert.deepEqual(reason('expired'), { code: 'OFFER_EXPIRED', expiredMs: NOW_MS, nowMs: NOW_MS })
    assert.deepEqual(reason('excluded'), { code: 'EXCLUDED' })
    assert.deepEqual(reason('own'), { code: 'OWN_PEER' })
    assert.deepEqual(reason('stranger'), { code: 'NOT_A_MEMBER' })
    assert.deepEqual(reason('silent'), { code: 'NO_OFFER' })
  })
})
