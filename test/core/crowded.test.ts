import assert from 'node:assert/strict'
import { limits } from '#protocol/limits.ts'
import { type Profile, sealLoad, sealProfile } from '#protocol/membership/offer.ts'
import { encodeFrame } from '#protocol/messages/frame.ts'
import { Cluster, domain, key, type Node } from './cluster.ts'
import { post, untilClosed, untilOffered } from './jobs.ts'

const CHEAP = limits.offersPerContribution + 4

/** What makes a cheap peer useless for the job, in turns. */
const flaws: readonly Partial<Profile>[] = [{ engines: ['python'] }, { memoryBytes: 2 ** 10 }, { region: 'mars' }]

/** Idle members at one micro-credit a second, none of them up: nothing but their offers is there. */
function cheapOffers(): Uint8Array[] {
  const nowMs = Date.now()
  const expiresMs = nowMs + limits.offerTtlMs
  return Array.from({ length: CHEAP }, (_, i) => {
    const profile: Profile = {
      seq: nowMs,
      expiresMs,
      engines: ['noop'],
      slots: 64,
      memoryBytes: 2 ** 33,
      gpuMemoryBytes: 0,
      models: [],
      region: 'eu',
      pricePerSecond: 1n,
      speedMilli: 1_000,
      ...flaws[i % flaws.length],
    }
    const load = { seq: nowMs, expiresMs, freeSlots: profile.slots, backlogMs: 0 }
    const signer = key(`cheap ${i}`)
    return [sealProfile(profile, domain, signer).raw, sealLoad(load, domain, signer).raw]
  }).flat()
}

describe('a crowd of cheap peers that do not fit', () => {
  it('does not hide those that do', async () => {
    const cluster = new Cluster(4)
    const cheap = Array.from({ length: CHEAP }, (_, i) => ({ peer: key(`cheap ${i}`).key, owner: key('crowd').key }))
    cluster.registry = { ...cluster.registry, members: [...cluster.registry.members, ...cheap] }
    await cluster.start()
    const nodes = cluster.nodes.flatMap((node): Node[] => (node === undefined ? [] : [node]))
    const bytes = encodeFrame({ type: 'offers', offers: cheapOffers() })
    for (const node of nodes) {
      node.driver.dispatch({
        type: 'capacity',
        capacity: {
          engines: ['noop'],
          slots: 64,
          memoryBytes: 2 ** 33,
          gpuMemoryBytes: 0,
          models: [],
          region: 'eu',
          pricePerSecond: 1_000n,
          speedMilli: 1_000,
        },
      })
      node.driver.dispatch({ type: 'gossip', from: key('cheap 0').key, bytes })
    }
    await untilOffered(nodes, 4 + CHEAP)
    const requirements = { timeMs: 10_000, memoryBytes: 2 ** 20, regions: ['eu'], gpuMemoryBytes: 0, models: [] }
    const job = post(cluster.node(0), key('wallet'), 1, { requirements })
    const { outcome } = await untilClosed(cluster.node(0), job.id)
    assert.deepEqual([outcome?.state, outcome?.code], ['completed', ''])
    await cluster.stop()
  })
})
