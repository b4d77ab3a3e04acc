import assert from 'node:assert/strict'
import { scenarioSchema } from '#sim/scenario.ts'
import { simulate } from '#sim/simulate.ts'

const scenario = (seed: number) =>
  scenarioSchema.parse({ seed, peers: 4 + (seed % 5), wallets: 2, for: '6s', faults: 'random' })

describe('the simulator', () => {
  for (const seed of [2, 5, 9]) {
    it(`gives the same run for seed ${seed} twice`, async () => {
      const [first, second] = [
        await simulate({ scenario: scenario(seed) }),
        await simulate({ scenario: scenario(seed) }),
      ]
      const { wallMs: _first, ...one } = first.summary
      const { wallMs: _second, ...other } = second.summary
      assert.deepEqual(one, other)
      assert.ok(one.jobs.completed > 0)
      assert.deepEqual(one.violations, [])
    }).timeout(60_000)
  }

  it('gives another run for another seed', async () => {
    const runs = [await simulate({ scenario: scenario(2) }), await simulate({ scenario: { ...scenario(2), seed: 3 } })]
    assert.notEqual(runs[0]?.summary.stateHash, runs[1]?.summary.stateHash)
  }).timeout(60_000)
})
