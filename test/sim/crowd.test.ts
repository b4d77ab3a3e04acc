import assert from 'node:assert/strict'
import { crowded } from '../../scripts/bench/sim/crowd.ts'

describe('a network of more members than a peer holds offers of', () => {
  it('places a job on the one member that fits, of which no witness heard', async () => {
    const { placed, state, placedMs, heldMax, result } = await crowded({ peers: 300, held: 32 })
    assert.deepEqual([placed, state, result.summary.violations], [true, 'completed', []])
    assert.ok(placedMs < 5_000, `after ${placedMs} ms`)
    assert.ok(heldMax <= 32, `${heldMax} offers held`)
  }).timeout(60_000)
})
