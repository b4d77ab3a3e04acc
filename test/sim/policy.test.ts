import assert from 'node:assert/strict'
import { scenarioSchema } from '#sim/scenario.ts'
import { simulate } from '#sim/simulate.ts'

/** Who got the tickets of ten jobs, one after the other, in a network of twelve peers of different prices. */
async function seated(policy: string): Promise<Map<string, number>> {
  const tickets = new Map<string, number>()
  const scenario = scenarioSchema.parse({
    peers: 12,
    wallets: 1,
    for: '10s',
    regions: ['eu'],
    policy,
    hardware: { slots: [4, 4], speedMilli: [1_000, 1_000], pricePerSecond: [100, 10_000] },
    jobs: Array.from({ length: 10 }, (_, i) => ({ at: 1_000 + i * 800, run: 200 })),
  })
  const { summary } = await simulate({
    scenario,
    observe: () => ({
      certified: ({ after }) => {
        for (const job of after.jobs.values()) {
          if (job.phase !== 'closed' || job.outcome?.height !== after.height) continue
          assert.equal(job.spec.policy, policy)
          for (const { peer, result } of job.seats) if (result !== null) tickets.set(peer, (tickets.get(peer) ?? 0) + 1)
        }
      },
    }),
  })
  assert.deepEqual(summary.violations, [])
  assert.equal(summary.jobs.completed, 10)
  return tickets
}

describe("a scenario's policy", () => {
  it('is that of its jobs: the cheapest few run all of them, or the whole network does', async () => {
    const [few, many] = [await seated('cheapest'), await seated('spread')]
    assert.ok(few.size <= 5, `${few.size} peers`)
    assert.ok(many.size >= 8, `${many.size} peers`)
  }).timeout(30_000)
})
