import assert from 'node:assert/strict'
import { type AttackerName, junkNames, scenarioSchema } from '#sim/scenario.ts'
import { type SimulationResult, simulate } from '#sim/simulate.ts'

/** A network in which nothing is wrong but one attacker, or two. */
function attacked(seed: number, ...names: AttackerName[]): Promise<SimulationResult> {
  const peers = names.length > 1 ? 7 : 4
  const scenario = scenarioSchema.parse({
    seed,
    peers,
    wallets: 2,
    for: '6s',
    attackers: Object.fromEntries(names.map((name) => [name, 1 / peers])),
    jobs: [1_000, 2_000, 3_000, 4_000, 5_000, 5_900].map((at, i) => ({ at, wallet: i % 2, run: 200, replicas: 2 })),
  })
  return simulate({ scenario })
}

describe('junk that is valid', () => {
  for (const name of junkNames) {
    it(`of a ${name} holds no job up, and costs no more than its sender's share`, async () => {
      for (const seed of [1, 2]) {
        const { summary } = await attacked(seed, name)
        assert.deepEqual(summary.violations, [], `seed ${seed}`)
        assert.equal(summary.jobs.completed, 6, `seed ${seed}`)
      }
    }).timeout(120_000)
  }

  it('of two attackers at once neither', async () => {
    for (const pair of [
      ['squatter', 'hasty'],
      ['pauper', 'litterer'],
      ['eternal', 'refuser'],
      ['counterfeiter', 'asker'],
    ] as const) {
      const { summary } = await attacked(1, ...pair)
      assert.deepEqual(summary.violations, [], pair.join())
    }
  }).timeout(120_000)
})
