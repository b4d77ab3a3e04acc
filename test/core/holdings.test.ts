import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type Holding, type KeepOptions, keepersOf } from '#node/core/offers/holdings.ts'
import { resourceClasses } from '#protocol/membership/resource-class.ts'
import { keyOf, NOW_MS, offerOf } from '../placement/network.ts'

const SELF = keyOf('self')

function holding(name: string, changes: Parameters<typeof offerOf>[1] = {}): Holding {
  return offerOf(name, changes)
}

const someHoldings: fc.Arbitrary<Holding[]> = fc
  .array(
    fc.record({
      engines: fc.subarray(['python', 'wasm', 'ollama', 'made up']),
      memoryBytes: fc.constantFrom(2 ** 30, 2 ** 34, 2 ** 36),
      gpuMemoryBytes: fc.constantFrom(0, 0, 2 ** 34),
      region: fc.constantFrom('', 'eu', 'us'),
      pricePerSecond: fc.bigInt({ min: 0n, max: 100n }),
      speedMilli: fc.constantFrom(500, 1_000, 1_000_000),
      lifeMs: fc.constantFrom(0, 60_000, 60_000, 60_000),
      complete: fc.constantFrom(true, true, true, false),
    }),
    { maxLength: 80 },
  )
  .map((rows) =>
    rows.map(({ lifeMs, complete, ...profile }, i) => {
      const { peer, ...offer } = holding(`peer ${i}`, { profile: { ...profile, expiresMs: NOW_MS + lifeMs } })
      return { peer, profile: offer.profile, load: complete ? offer.load : undefined }
    }),
  )

function options(room: number, changes: Partial<KeepOptions> = {}): KeepOptions {
  return { room, self: SELF, nowMs: NOW_MS, needed: () => false, ...changes }
}

const isAlive = ({ profile, load }: Holding): boolean => load !== undefined && (profile?.expiresMs ?? 0) > NOW_MS

describe('the offers that a peer keeps', () => {
  it('are never more than it has room for, and of each class if the room allows it', () => {
    fc.assert(
      fc.property(someHoldings, fc.integer({ min: 1, max: 60 }), (holdings, room) => {
        const kept = keepersOf(holdings, options(room))
        assert.ok(kept.size <= room)
        const classesIn = (some: readonly Holding[]): Set<string> =>
          new Set(some.flatMap(({ profile }) => (profile === undefined ? [] : resourceClasses(profile))))
        const all = classesIn(holdings.filter(isAlive))
        if (all.size <= room) assert.deepEqual(classesIn(holdings.filter(({ peer }) => kept.has(peer))), all)
      }),
    )
  })

  it('are the same in whatever order they were heard', () => {
    fc.assert(
      fc.property(someHoldings, fc.integer({ min: 1, max: 40 }), (holdings, room) => {
        const [some, others] = [keepersOf(holdings, options(room)), keepersOf([...holdings].reverse(), options(room))]
        assert.deepEqual([...some].sort(), [...others].sort())
      }),
    )
  })

  it('are this peer’s own first, then those that a job needs, and never those that expired', () => {
    const needed = keyOf('needed')
    const holdings = [
      ...Array.from({ length: 20 }, (_, i) => holding(`cheap ${i}`, { profile: { pricePerSecond: 0n } })),
      holding('needed', { profile: { pricePerSecond: 99n } }),
      holding('self', { profile: { pricePerSecond: 99n } }),
      holding('late', { profile: { expiresMs: NOW_MS, engines: ['rare'] } }),
    ]
    const kept = keepersOf(holdings, options(2, { needed: (peer) => peer === needed }))
    assert.deepEqual([...kept], [SELF, needed])
    assert.equal(keepersOf(holdings, options(30)).has(keyOf('late')), false)
  })

  it('are not the same at every peer, so that one that is no bargain is known to some', () => {
    const holdings = Array.from({ length: 100 }, (_, i) =>
      holding(`peer ${i}`, { profile: { pricePerSecond: BigInt(i) } }),
    )
    const holders = Array.from({ length: 60 }, (_, i) => keyOf(`holder ${i}`))
    const known = holders.map((self) => keepersOf(holdings, options(20, { self })))
    const forgotten = holdings.filter(({ peer }) => !known.some((kept) => kept.has(peer)))
    assert.deepEqual(forgotten, [])
  })
})
