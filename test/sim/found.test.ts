import assert from 'node:assert/strict'
import { scenarioSchema } from '#sim/scenario.ts'
import { simulate } from '#sim/simulate.ts'

/** Bugs that seeds found, each as the smallest scenario that shows it: seeds themselves change with what is drawn. */
describe('what the simulator found', () => {
  it('counts the results of those who revealed when one who committed does not', async () => {
    for (const seed of [1, 2, 3]) {
      const scenario = scenarioSchema.parse({
        seed,
        peers: 4,
        wallets: 1,
        for: '4s',
        clocks: { skewMs: '2s', driftPpm: 0 },
        attackers: { copier: 0.25 },
        jobs: [{ at: '1s' }, { at: '2s' }],
      })
      const { summary } = await simulate({ scenario })
      assert.deepEqual(summary.violations, [])
      assert.equal(summary.jobs.completed, 2, `seed ${seed}`)
    }
  }).timeout(30_000)
})
