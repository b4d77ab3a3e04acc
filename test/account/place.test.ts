import assert from 'node:assert/strict'
import { nextDueMs } from '#protocol/account/due.ts'
import { limits } from '#protocol/limits.ts'
import { acceptOf, commitmentOf, refusalOf, resultOf, sameOutput, World } from './world.ts'

describe('placing', () => {
  it('gives tickets to as many primaries as wanted and two standbys, in the entry that admits', () => {
    const world = new World(8)
    const id = world.placed()
    const { phase, seats, attempts, placedHeight } = world.record(id)
    assert.deepEqual([phase, attempts, placedHeight], ['placed', 1, 1])
    assert.deepEqual(
      seats.map(({ role, fence }) => [role, fence]),
      [
        ['offered', 1],
        ['offered', 1],
        ['offered', 1],
        ['standby', 0],
        ['standby', 0],
      ],
    )
    assert.equal(new Set(seats.map(({ peer }) => peer)).size, 5)
  })

  it('lets a standby take over with a higher fence when a primary does not answer, and defers the primary', () => {
    const world = new World(8)
    const id = world.placed()
    const [silent, ...others] = world.record(id).seats
    assert.ok(silent)
    world.take(world.accepts(id).slice(1))
    world.take([], { laterMs: limits.acceptTimeoutMs + 1 })
    const job = world.record(id)
    assert.ok(!job.seats.some(({ peer }) => peer === silent.peer))
    assert.deepEqual(
      job.deferred.map(([peer]) => peer),
      [silent.peer],
    )
    const next = job.seats.find(({ peer }) => peer === others[2]?.peer)
    assert.deepEqual([next?.role, next?.fence], ['offered', 3])
  })

  it('seats nobody twice, and a failed peer never again', () => {
    const world = new World(4)
    const requirements = { ...world.spec().requirements, timeMs: 100_000 }
    const id = world.running({ requirements, priceMax: 10_000_000n })
    const failed = world.record(id).seats[0]
    assert.ok(failed)
    world.take([refusalOf(id, failed, world.signer(failed.peer), 'failed'), ...world.offers()])
    for (let i = 0; i < 3; i++) world.take(world.offers(), { laterMs: limits.deferMs })
    const job = world.record(id)
    assert.deepEqual(job.excluded, [failed.peer])
    assert.equal(new Set(job.seats.map(({ peer }) => peer)).size, job.seats.length)
    assert.ok(!job.seats.some(({ peer }) => peer === failed.peer))
  })

  it('spreads the jobs of an account over the slots that peers have', () => {
    const world = new World(5)
    const jobs = Array.from({ length: 4 }, (_, i) => world.job({ seq: i + 1, replicas: 1 }))
    world.take([...jobs, ...world.offers(world.peers, { profile: { slots: 1 } })])
    const primaries = jobs.map(({ id }) => world.record(id).seats.find(({ role }) => role === 'offered')?.peer)
    assert.equal(new Set(primaries).size, 4)
  })

  it('keeps a job waiting while all slots are taken, and places it once one is free', () => {
    const world = new World()
    const job = world.job()
    world.take([job, ...world.offers(world.peers, { load: { freeSlots: 0 } })])
    for (let i = 0; i < 4; i++) world.take(world.offers(world.peers, { load: { freeSlots: 0 } }), { laterMs: 5_000 })
    assert.equal(world.record(job.id).phase, 'queued')
    world.take(world.offers())
    assert.equal(world.record(job.id).phase, 'placed')
  })

  it('does not ask for an entry at every moment while a job waits for capacity', () => {
    const world = new World()
    const full = () => world.offers(world.peers, { load: { freeSlots: 0 } })
    world.take([world.job(), ...full()])
    for (let i = 0; i < 4; i++) {
      world.take(full(), { laterMs: 7_000 })
      assert.ok((nextDueMs(world.state) ?? 0) >= world.state.timeMs + 1_000)
    }
  })

  it('makes a job wait, not fail, while every peer that it asks is busy', () => {
    const world = new World()
    const id = world.placed()
    for (let i = 0; i < 3 * limits.attemptsPerJob; i++) {
      const asked = world.record(id).seats.filter(({ role }) => role === 'offered')
      const refusals = asked.map((seat) => refusalOf(id, seat, world.signer(seat.peer), 'busy'))
      world.take([...refusals, ...world.offers()], { laterMs: limits.busyDeferMs + 1 })
    }
    assert.notEqual(world.record(id).phase, 'closed')
    assert.ok(world.record(id).attempts <= 2)
  })

  it('spends the attempts that failures cost, whoever says in the same entry that it is busy', () => {
    const world = new World(40)
    const id = world.placed()
    for (let i = 0; i < limits.attemptsPerJob && world.record(id).phase !== 'closed'; i++) {
      const [first, second] = world.record(id).seats.filter(({ role }) => role === 'offered')
      assert.ok(first && second)
      const busy = refusalOf(id, first, world.signer(first.peer), 'busy')
      const failed = refusalOf(id, second, world.signer(second.peer), 'failed')
      const before = world.record(id).attempts
      // The standbys are used first; they cost no attempt.
      const standbys = world.record(id).seats.some(({ role }) => role === 'standby')
      world.take([busy, failed, ...world.offers()], { laterMs: limits.busyDeferMs + 1 })
      if (world.record(id).phase !== 'closed') assert.ok(world.record(id).attempts >= before + (standbys ? 0 : 1))
    }
    assert.equal(world.record(id).outcome?.code, 'ATTEMPTS_EXHAUSTED')
  })

  it('asks peers that are busy for ever less and less often, and a free one at once', () => {
    const world = new World(5)
    const id = world.placed()
    let tickets = 0
    const seconds = 90
    for (let i = 0; i < seconds; i++) {
      const asked = world.record(id).seats.filter(({ role }) => role === 'offered')
      tickets += asked.length
      const refusals = asked.map((seat) => refusalOf(id, seat, world.signer(seat.peer), 'busy'))
      world.take([...refusals, ...world.offers()], { laterMs: 1_001 })
    }
    const { deferred, attempts, phase } = world.record(id)
    assert.equal(phase, 'placed')
    assert.ok(attempts <= 2)
    assert.ok(deferred.every(([, untilMs]) => untilMs <= world.state.timeMs + limits.busyDeferMaxMs))
    const perPeer =
      Math.log2(limits.busyDeferMaxMs / limits.busyDeferMs) + (seconds * 1_001) / limits.busyDeferMaxMs + 2
    assert.ok(tickets <= world.peers.length * perPeer, `${tickets} tickets`)
    world.take(world.offers(), { laterMs: limits.busyDeferMaxMs })
    const freed = world.record(id).seats.filter(({ role }) => role === 'offered')
    world.take(freed.map((seat) => acceptOf(id, seat, world.signer(seat.peer))))
    assert.equal(world.record(id).phase, 'running')
  })

  it('remembers a bounded number of busy peers, and asks nobody else while all of these are deferred', () => {
    const world = new World(80)
    const id = world.placed()
    let tickets = 0
    for (let i = 0; i < 30; i++) {
      const asked = world.record(id).seats.filter(({ role }) => role === 'offered')
      tickets += asked.length
      const refusals = asked.map((seat) => refusalOf(id, seat, world.signer(seat.peer), 'busy'))
      world.take([...refusals, ...world.offers()], { laterMs: 1 })
      assert.ok(world.record(id).deferred.length <= limits.deferredPerJob)
    }
    assert.ok(tickets <= limits.deferredPerJob + limits.replicasPerJob, `${tickets} tickets`)
    assert.equal(world.record(id).phase, 'placed')
    world.take(world.offers(), { laterMs: limits.busyDeferMs })
    assert.ok(world.record(id).seats.some(({ role }) => role === 'offered'))
  })

  it('fails a job that no peer can run after a grace, with the reason', () => {
    for (const [patch, code] of [
      [{ requirements: { ...new World().spec().requirements, regions: ['moon'] } }, 'NO_MATCHING_PEER'],
      [{ priceMax: 3n }, 'PRICE_TOO_LOW'],
    ] as const) {
      const world = new World()
      const job = world.job(patch)
      world.take([job, ...world.offers()])
      world.take(world.offers(), { laterMs: limits.unplaceableGraceMs - 1 })
      assert.equal(world.record(job.id).phase, 'queued')
      world.take(world.offers(), { laterMs: 1 })
      assert.deepEqual([world.record(job.id).outcome?.state, world.record(job.id).outcome?.code], ['failed', code])
    }
  })

  it('gives a job that waited for capacity its grace again when the witnesses know no offers after a restart', () => {
    const world = new World()
    const job = world.job()
    world.take([job, ...world.offers(world.peers, { load: { freeSlots: 0 } })])
    world.take([], { laterMs: 60_000 })
    assert.equal(world.record(job.id).phase, 'queued')
    world.take(world.offers(), { laterMs: 1_000 })
    assert.equal(world.record(job.id).phase, 'placed')
  })

  it('ends a job whose committed replicas are a minority that nobody can complete', () => {
    const world = new World(3)
    const id = world.running()
    const [first, second, third] = world.record(id).seats
    assert.ok(first && second && third)
    world.take([
      commitmentOf(id, first, sameOutput, world.signer(first.peer)),
      refusalOf(id, second, world.signer(second.peer), 'failed'),
      refusalOf(id, third, world.signer(third.peer), 'failed'),
      ...world.offers(),
    ])
    world.take(world.offers(), { laterMs: limits.unplaceableGraceMs })
    assert.deepEqual([world.record(id).outcome?.code, world.record(id).outcome?.charged], ['ATTEMPTS_EXHAUSTED', 0n])
  })

  it('judges a majority when nobody can replace the others', () => {
    const world = new World(3)
    const id = world.running()
    const [lost, ...others] = world.record(id).seats
    assert.ok(lost)
    world.take([
      refusalOf(id, lost, world.signer(lost.peer), 'failed'),
      ...others.map((seat) => commitmentOf(id, seat, sameOutput, world.signer(seat.peer))),
    ])
    assert.equal(world.record(id).phase, 'running')
    world.take([], { laterMs: limits.shorthandedGraceMs })
    assert.equal(world.record(id).phase, 'running')
    assert.equal(nextDueMs(world.state), world.state.timeMs + 1)
    world.take([], { laterMs: 1 })
    assert.equal(world.record(id).phase, 'revealing')
    world.take(world.results(id))
    const { outcome } = world.record(id)
    assert.deepEqual([outcome?.state, outcome?.verdict?.agreed, outcome?.verdict?.of], ['completed', 2, 3])
  })

  it('does not end a job whose attempts are used up while its replicas may still be a majority', () => {
    const world = new World(12)
    const requirements = { ...world.spec().requirements, timeMs: 500_000 }
    const id = world.running({ requirements, priceMax: 10_000_000n })
    const [first, second, third] = world.record(id).seats
    assert.ok(first && second && third)
    const commit = (seat: typeof first) => commitmentOf(id, seat, sameOutput, world.signer(seat.peer))
    world.take([commit(first), refusalOf(id, third, world.signer(third.peer), 'failed')])
    for (let i = 0; i < 100 && world.record(id).attempts < limits.attemptsPerJob; i++)
      loseOthers(world, id, [first.peer, second.peer])
    assert.equal(world.record(id).attempts, limits.attemptsPerJob)
    loseOthers(world, id, [first.peer, second.peer])
    loseOthers(world, id, [first.peer, second.peer])
    assert.equal(world.record(id).phase, 'running')
    world.take([commit(second)])
    world.take([], { laterMs: limits.shorthandedGraceMs + 1 })
    const results = world.record(id).seats.map((seat) => resultOf(id, seat, sameOutput, world.signer(seat.peer)))
    world.take(results)
    assert.equal(world.record(id).outcome?.state, 'completed')
  })

  it('ends a job whose attempts are used up and that has no majority left, even while nobody is free', () => {
    const world = new World(12)
    const id = world.placed()
    for (let i = 0; i < limits.attemptsPerJob + 1 && world.record(id).phase !== 'closed'; i++)
      for (let j = 0; j < 3 && world.record(id).phase !== 'closed'; j++) loseOthers(world, id, [])
    const { attempts, outcome } = world.record(id)
    assert.deepEqual([attempts, outcome?.code], [limits.attemptsPerJob, 'ATTEMPTS_EXHAUSTED'])
  })
})

/** All that hold a ticket but the given ones stay silent; fresh offers of everybody fill the seats again. */
function loseOthers(world: World, id: string, kept: readonly string[]): void {
  const lost = world.record(id).seats.filter((seat) => seat.role === 'offered' && !kept.includes(seat.peer))
  world.take(world.offers(), { laterMs: limits.acceptTimeoutMs + 1 })
  if (lost.length === 0) world.take(world.offers(), { laterMs: limits.deferMs })
}
