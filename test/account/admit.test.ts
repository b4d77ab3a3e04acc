import assert from 'node:assert/strict'
import type { Envelope } from '#protocol/wire/envelope.ts'
import { FUNDS, World } from './world.ts'

/** What became of each job: the code of its refusal, or its phase in the state. */
function fates(world: World, jobs: readonly Envelope[], options: Parameters<World['take']>[1] = {}): string[] {
  const { rejected } = world.take(jobs, options)
  return jobs.map(
    ({ id }) => rejected.find((refused) => refused.id === id)?.code ?? world.state.jobs.get(id)?.phase ?? 'waits',
  )
}

describe('admission', () => {
  it('takes jobs in the order of their numbers, and lets one wait whose turn has not come', () => {
    const world = new World(8)
    const [first, second, fourth] = [1, 2, 4].map((seq) => world.job({ seq }))
    assert.ok(first && second && fourth)
    assert.deepEqual(fates(world, [fourth, second, first]), ['waits', 'queued', 'queued'])
    assert.equal(world.state.lastSeq, 2)
  })

  it('gives a number to the lowest id of one entry, and to nobody later', () => {
    const world = new World(8)
    const jobs = ['a', 'b', 'c'].map((name) => world.job({ seq: 1, name }))
    jobs.sort((one, other) => (one.id < other.id ? -1 : 1))
    assert.deepEqual(fates(world, [...jobs].reverse()), ['SEQ_TAKEN', 'SEQ_TAKEN', 'queued'])
    assert.deepEqual(fates(world, [world.job({ seq: 1, name: 'late' })]), ['SEQ_TAKEN'])
  })

  it('refuses for good: the number is used up, and the same job is not admitted when the account is funded', () => {
    const world = new World(8)
    const dear = world.job({ seq: 1, priceMax: 500n })
    const next = world.job({ seq: 2, priceMax: 5n })
    const poor = { funds: () => ({ total: 100n, asOfMs: world.nowMs }) }
    assert.deepEqual(fates(world, [dear, next], poor), ['CREDITS_SHORT', 'queued'])
    assert.equal(world.state.lastSeq, 2)
    assert.deepEqual(fates(world, [dear]), ['SEQ_REPLAYED'])
    assert.ok(!world.state.jobs.has(dear.id))
  })

  it('says which bound a job breaks', () => {
    const world = new World(8)
    const code = (patch: Parameters<World['job']>[0], options: Parameters<World['take']>[1] = {}): string | undefined =>
      fates(world, [world.job(patch)], options)[0]
    assert.equal(code({ network: 'roster:other' }), 'NETWORK_OTHER')
    assert.equal(code({ deadlineMs: world.nowMs }), 'DEADLINE_PASSED')
    assert.equal(code({ deadlineMs: world.nowMs + 25 * 3_600_000 }), 'DEADLINE_PASSED')
    assert.equal(code({ authorised: 1n, priceMax: 2n }), 'AUTHORISATION_SHORT')
    assert.equal(code({}, { funds: () => null }), 'FUNDS_STALE')
    assert.equal(code({ authorised: 2n * FUNDS, priceMax: FUNDS + 1n }), 'CREDITS_SHORT')
    assert.equal(code({}), 'queued')
  })
})
