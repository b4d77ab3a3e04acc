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

  it('hands an account on whose first entry was just being decided when an epoch ended, or two', async () => {
    for (const { seed, peers, epochs, jobs } of [
      { seed: 17, peers: 9, epochs: [940, 2443, 946], jobs: [2049, 2660, 3271, 682, 1293, 1904] },
      { seed: 19, peers: 5, epochs: [3462, 1965], jobs: [2243, 2854, 3465, 876, 1487, 2098] },
    ]) {
      const scenario = scenarioSchema.parse({
        seed,
        peers,
        wallets: jobs.length,
        for: '4s',
        faults: epochs.map((at) => ({ kind: 'epoch', at })),
        jobs: jobs.map((at, wallet) => ({ at, wallet, run: 100 })),
      })
      const { summary } = await simulate({ scenario })
      assert.deepEqual(summary.violations, [])
      assert.equal(summary.jobs.completed, jobs.length, `seed ${seed}`)
    }
  }).timeout(60_000)

  it('a replica that was down when the reveal opened learns of it and is counted', async () => {
    const scenario = scenarioSchema.parse({ seed: 2, peers: 6, wallets: 2, for: '6s', faults: 'random' })
    for (const crashMs of [1_400, 1_600, 1_800]) {
      const { summary } = await simulate({
        scenario: {
          ...scenario,
          wallets: 1,
          faults: [0, 1, 2, 3, 4, 5].map((peer) => ({
            kind: 'crash',
            at: crashMs + 10 * peer,
            until: 3_000 + 300 * peer,
            peer,
          })),
          jobs: [{ at: 1_000, wallet: 0, run: 400, replicas: 3 }],
        },
      })
      assert.deepEqual(summary.violations, [])
      assert.deepEqual([summary.jobs.completed, summary.jobs.posted], [1, 1])
    }
  }).timeout(60_000)
})
