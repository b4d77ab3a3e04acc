import assert from 'node:assert/strict'
import type { Seat } from '#protocol/account/state.ts'
import type { Envelope } from '#protocol/wire/envelope.ts'
import { acceptOf, commitmentOf, keyOf, refusalOf, sameOutput, World } from './world.ts'

function primary(world: World, id: string): Seat {
  const seat = world.record(id).seats[0]
  assert.ok(seat)
  return seat
}

function roleOf(world: World, id: string, seat: Seat): Seat['role'] | undefined {
  return world.record(id).seats.find(({ peer }) => peer === seat.peer)?.role
}

describe('binding', () => {
  it('makes a ticket holder that accepts a replica, once', () => {
    const world = new World(8)
    const id = world.placed()
    const seat = primary(world, id)
    const accept = acceptOf(id, seat, world.signer(seat.peer))
    world.take([accept])
    const bound = world.record(id)
    assert.deepEqual([bound.phase, roleOf(world, id, seat)], ['running', 'running'])
    world.take([accept])
    assert.deepEqual(world.record(id), bound)
  })

  const ignored: Record<string, (world: World, id: string, seat: Seat) => Envelope> = {
    'an accept of another fence': (world, id, seat) => acceptOf(id, { fence: seat.fence + 1 }, world.signer(seat.peer)),
    'an accept of fence 0 by a standby': (world, id) => {
      const standby = world.record(id).seats.find(({ role }) => role === 'standby')
      return acceptOf(id, { fence: 0 }, world.signer(standby?.peer ?? ''))
    },
    'an accept by a peer without a ticket': (_world, id, seat) => acceptOf(id, seat, keyOf('stranger')),
    'an accept of another job': (world, _id, seat) => acceptOf('another', seat, world.signer(seat.peer)),
    'a commitment without an accept': (world, id, seat) => commitmentOf(id, seat, sameOutput, world.signer(seat.peer)),
    'a refusal by somebody else': (_world, id, seat) => refusalOf(id, seat, keyOf('stranger'), 'failed'),
  }
  for (const [what, make] of Object.entries(ignored)) {
    it(`ignores ${what}`, () => {
      const world = new World(8)
      const id = world.placed()
      const before = world.record(id)
      world.take([make(world, id, primary(world, id))])
      assert.deepEqual(world.record(id), before)
    })
  }

  it('lets a refusal win over an accept in the same entry, whatever their order', () => {
    const world = new World(8)
    const id = world.placed()
    const seat = primary(world, id)
    const signer = world.signer(seat.peer)
    world.take([acceptOf(id, seat, signer), refusalOf(id, seat, signer, 'busy')])
    assert.equal(roleOf(world, id, seat), undefined)
    world.take([acceptOf(id, seat, signer)])
    assert.equal(roleOf(world, id, seat), undefined)
  })

  it('fixes the first commitment of a lease for good', () => {
    const world = new World(8)
    const id = world.placed()
    const seat = primary(world, id)
    const signer = world.signer(seat.peer)
    world.take([acceptOf(id, seat, signer), commitmentOf(id, seat, sameOutput, signer)])
    const committed = world.record(id)
    assert.equal(roleOf(world, id, seat), 'committed')
    world.take([commitmentOf(id, seat, () => 'another', signer), refusalOf(id, seat, signer, 'failed')])
    assert.deepEqual(world.record(id), committed)
  })

  it('opens the reveal once all wanted replicas have committed, and not before', () => {
    const world = new World(8)
    const id = world.running()
    const commitments = world.commitments(id)
    world.take(commitments.slice(0, 2))
    assert.equal(world.record(id).phase, 'running')
    world.take(commitments.slice(2))
    assert.equal(world.record(id).phase, 'revealing')
    assert.equal(world.record(id).revealMs, world.state.timeMs)
  })
})
