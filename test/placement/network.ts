/** Small worlds for the placement tests: peers with real keys, offers, a registry, a job. */
import fc from 'fast-check'
import type { JobSpec } from '#protocol/job/spec.ts'
import type { Offer } from '#protocol/membership/offer.ts'
import { type RegistryView, rosterView } from '#protocol/membership/registry.ts'
import type { PlacementRequest } from '#protocol/placement/eligible.ts'
import { buildOfferTable } from '#protocol/placement/offer-table.ts'
import { sha256, utf8 } from '#protocol/wire/hash.ts'
import { encodeKey, type PublicKey } from '#protocol/wire/keys.ts'

export const NOW_MS = 1_800_000_000_000

/** A key that is the hash of its name: canonical, though nobody can sign with it. */
export function keyOf(name: string): PublicKey {
  return encodeKey(sha256(utf8(name)))
}

export function seedOf(number: number): Uint8Array {
  return sha256(utf8(`seed ${number}`))
}

type OfferChanges = { readonly profile?: Partial<Offer['profile']>; readonly load?: Partial<Offer['load']> }

/** An idle peer with four slots, 1 GiB and Python, at 10 micro-credits a second. */
export function offerOf(name: string, { profile, load }: OfferChanges = {}): Offer {
  const expiresMs = NOW_MS + 60_000
  return {
    peer: keyOf(name),
    profile: {
      seq: 1,
      expiresMs,
      engines: ['python'],
      slots: 4,
      memoryBytes: 2 ** 30,
      gpuMemoryBytes: 0,
      models: [],
      region: 'eu',
      pricePerSecond: 10n,
      speedMilli: 1_000,
      ...profile,
    },
    load: { seq: 1, expiresMs, freeSlots: 4, backlogMs: 0, ...load },
  }
}

type JobChanges = Partial<Omit<JobSpec, 'requirements'>> & { readonly requirements?: Partial<JobSpec['requirements']> }

export function jobOf({ requirements, ...changes }: JobChanges = {}): JobSpec {
  return {
    version: 1,
    name: 'test',
    network: 'test',
    account: keyOf('poster'),
    seq: 1,
    authorised: 1_000_000n,
    createdMs: NOW_MS,
    deadlineMs: NOW_MS + 600_000,
    engine: { type: 'python', params: {} },
    inputs: [],
    replicas: 3,
    comparator: { type: 'exact' },
    priceMax: 1_000_000n,
    policy: 'balanced',
    ...changes,
    requirements: {
      timeMs: 30_000,
      memoryBytes: 2 ** 28,
      regions: [],
      gpuMemoryBytes: 0,
      models: [],
      ...requirements,
    },
  }
}

/** Every offer's peer is a member with an owner of its own. */
export function registryOf(offers: readonly Offer[]): RegistryView {
  const peers = [...new Set(offers.map(({ peer }) => peer))].sort()
  return rosterView(
    1,
    sha256(utf8('beacon')),
    peers.map((peer) => ({ peer, owner: keyOf(`owner of ${peer}`) })),
  )
}

export function inputOf(offers: readonly Offer[], changes: Partial<PlacementRequest> = {}): PlacementRequest {
  return {
    job: jobOf(),
    offers: buildOfferTable(offers),
    registry: registryOf(offers),
    excluded: new Set(),
    claims: new Map(),
    seed: seedOf(0),
    nowMs: NOW_MS,
    want: 3,
    standbys: 2,
    ...changes,
  }
}

const MIXED = { maxLength: 12 }

/** Offers of up to twelve peers, about half of them fit for {@link arbitraryInput}'s jobs. */
export const arbitraryOffers: fc.Arbitrary<Offer[]> = fc
  .array(
    fc.record({
      engines: fc.constantFrom(['python'], ['python', 'wasm'], ['wasm']),
      slots: fc.integer({ min: 0, max: 3 }),
      memoryBytes: fc.constantFrom(2 ** 27, 2 ** 28, 2 ** 30),
      region: fc.constantFrom('eu', 'us'),
      models: fc.constantFrom([], ['tiny']),
      price: fc.bigInt({ min: 0n, max: 20_000n }),
      speedMilli: fc.constantFrom(10, 500, 1_000, 4_000),
      freeSlots: fc.integer({ min: 0, max: 3 }),
      backlogMs: fc.nat(100_000),
      lifeMs: fc.constantFrom(-1, 0, 1, 60_000),
    }),
    MIXED,
  )
  .map((rows) =>
    rows.map(({ price, freeSlots, backlogMs, lifeMs, ...profile }, i) =>
      offerOf(`peer ${i}`, {
        profile: { ...profile, pricePerSecond: price },
        load: { freeSlots, backlogMs, expiresMs: NOW_MS + lifeMs },
      }),
    ),
  )

/** Any decision over {@link arbitraryOffers}, with peers that are no members, are excluded, own or claimed. */
export const arbitraryInput: fc.Arbitrary<PlacementRequest> = fc
  .record({
    offers: arbitraryOffers,
    marks: fc.array(fc.constantFrom('none', 'none', 'none', 'stranger', 'excluded', 'own', 'claimed'), {
      minLength: 12,
      ...MIXED,
    }),
    policy: fc.constantFrom('balanced', 'cheapest', 'fastest', 'spread', 'unheard-of'),
    requirements: fc.record({
      regions: fc.constantFrom([], ['eu'], ['eu', 'us']),
      models: fc.constantFrom([], [], ['tiny']),
      timeMs: fc.constantFrom(1, 30_000, 599_999),
    }),
    seed: fc.nat(),
    want: fc.integer({ min: 0, max: 5 }),
    standbys: fc.integer({ min: 0, max: 4 }),
    silent: fc.boolean(),
  })
  .map(({ offers, marks, policy, requirements, seed, want, standbys, silent }) => {
    const marked = (mark: string): Offer[] => offers.filter((_, i) => marks[i] === mark)
    const members = offers.filter((_, i) => marks[i] !== 'stranger').concat(silent ? [offerOf('silent member')] : [])
    const own = new Set(marked('own').map(({ peer }) => peer))
    const registry = registryOf(members)
    return inputOf(offers, {
      job: jobOf({ policy, requirements }),
      registry: {
        ...registry,
        members: registry.members.map((m) => (own.has(m.peer) ? { ...m, owner: keyOf('poster') } : m)),
      },
      excluded: new Set(marked('excluded').map(({ peer }) => peer)),
      claims: new Map(marked('claimed').map(({ peer }) => [peer, 2])),
      seed: seedOf(seed),
      want,
      standbys,
    })
  })
