import assert from 'node:assert/strict'
import { World } from './world.ts'

describe('the next epoch, begun by hand', function () {
  this.timeout(60_000)
  const world = new World()
  before(() => world.found({ members: 1 }))
  after(() => world.end())

  it('begins once when two begin it at the same time, and both are told of it', async () => {
    assert.deepEqual(await Promise.all([world.nextEpoch(), world.nextEpoch()]), [2, 2])
  })
})
