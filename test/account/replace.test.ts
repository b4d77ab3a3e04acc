import assert from 'node:assert/strict'
import { nextDueMs } from '#protocol/account/due.ts'
import type { Seat } from '#protocol/account/state.ts'
import type { Contribution } from '#protocol/agreement/contribution.ts'
import { limits } from '#protocol/limits.ts'
import { acceptOf, commitmentOf, sameOutput, World } from './world.ts'

function firstSeat(world: World, id: string): Seat {
  const seat = world.record(id).seats[0]
  assert.ok(seat)
  return seat
}

function holds(world: World, id: string, seat: Seat): boolean {
  return world.record(id).seats.some(({ peer, fence }) => peer === seat.peer && fence === seat.fence)
}

describe('replacing', () => {
  it('needs f + 1 witnesses to take a lease away', () => {
    const world = new World(8)
    assert.equal(world.committee.f, 2)
    const id = world.running()
    const seat = firstSeat(world, id)
    const vote: Contribution['overdue'] = [[id, seat.fence, seat.peer]]
    world.take([], { overdue: (i) => (i < 2 ? vote : []) })
    assert.ok(holds(world, id, seat))
    world.take([], { overdue: (i) => (i < 3 ? vote : []) })
    assert.ok(!holds(world, id, seat))
  })

  it('keeps the job from a replica whose lease ran out for a while, not for ever', () => {
    const world = new World(8)
    const id = world.running()
    const seat = firstSeat(world, id)
    world.take([], { overdue: () => [[id, seat.fence, seat.peer]] })
    const { excluded, deferred } = world.record(id)
    assert.deepEqual(excluded, [])
    assert.deepEqual(
      deferred.map(([peer]) => peer),
      [seat.peer],
    )
  })

  it('counts a witness that repeats itself once, and only votes for this very lease', () => {
    const world = new World(8)
    const id = world.running()
    const seat = firstSeat(world, id)
    const vote: Contribution['overdue'] = [[id, seat.fence, seat.peer]]
    world.take([], { overdue: (i) => (i === 0 ? [...vote, ...vote, ...vote] : []) })
    world.take([], { overdue: () => [[id, seat.fence + 1, seat.peer]] })
    world.take([], { overdue: () => [['another job', seat.fence, seat.peer]] })
    assert.ok(holds(world, id, seat))
  })

  it('does not take a seat from a replica that committed in time, nor a ticket before it times out', () => {
    const world = new World(8)
    const id = world.placed()
    const seat = firstSeat(world, id)
    const vote: Contribution['overdue'] = [[id, seat.fence, seat.peer]]
    world.take([], { overdue: () => vote, laterMs: limits.acceptTimeoutMs })
    assert.ok(holds(world, id, seat))
    const signer = world.signer(seat.peer)
    world.take([acceptOf(id, seat, signer), commitmentOf(id, seat, sameOutput, signer)], { overdue: () => vote })
    assert.ok(holds(world, id, seat))
  })

  it('replaces a replica that keeps its lease for ever but never commits', () => {
    const world = new World(8)
    const id = world.running()
    const [slow, ...others] = world.record(id).seats
    assert.ok(slow)
    world.take(
      others.flatMap((seat) =>
        seat.role === 'running' ? [commitmentOf(id, seat, sameOutput, world.signer(seat.peer))] : [],
      ),
    )
    const untilMs = slow.sinceMs + world.record(id).spec.requirements.timeMs + limits.runGraceMs
    const due = nextDueMs(world.state)
    assert.ok(due !== undefined && due <= untilMs + 20)
    world.take([], { laterMs: untilMs - world.nowMs })
    assert.ok(holds(world, id, slow))
    world.take([], { laterMs: 20 })
    assert.ok(!holds(world, id, slow))
    world.take(world.accepts(id))
    world.take(world.commitments(id))
    world.take(world.results(id))
    assert.equal(world.record(id).outcome?.verdict?.agreed, 3)
  })

  it('takes nothing away while the results are revealed', () => {
    const world = new World(8)
    const id = world.revealing()
    const seat = firstSeat(world, id)
    world.take([], { overdue: () => [[id, seat.fence, seat.peer]], laterMs: limits.revealTimeoutMs - 100 })
    assert.ok(holds(world, id, seat))
  })
})
