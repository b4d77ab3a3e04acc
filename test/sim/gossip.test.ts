import assert from 'node:assert/strict'
import { scenarioSchema } from '#sim/scenario.ts'
import { simulate } from '#sim/simulate.ts'

const scenario = scenarioSchema.parse({
  peers: 100,
  wallets: 2,
  for: '4s',
  settle: '8s',
  workload: { jobsPerSecond: 1 },
})

/** Which peers ran each job, and how many gossip messages reached cores. */
async function run(eager: boolean): Promise<{ placements: Map<number, string[]>; heard: number }> {
  const placements = new Map<number, string[]>()
  let heard = 0
  const { summary } = await simulate({
    scenario,
    prepare: ({ net }) => {
      net.gossip.eager = eager
    },
    observe: ({ world }) => ({
      heard: (_peer, event) => {
        if (event.type === 'gossip') heard++
      },
      certified: ({ after }) => {
        for (const job of after.jobs.values()) {
          const number = world.client.jobs.get(job.id)?.number ?? -1
          placements.set(number, job.seats.map((seat) => seat.peer).sort())
        }
      },
    }),
  })
  assert.deepEqual(summary.violations, [])
  assert.ok(summary.jobs.completed > 0)
  return { placements, heard }
}

describe('simulated gossip', () => {
  it('places every job the same whether or not peers without work sleep through offers', async () => {
    const [asleep, eager] = [await run(false), await run(true)]
    assert.deepEqual(asleep.placements, eager.placements)
    assert.ok(asleep.heard < eager.heard / 2, `${asleep.heard} events instead of ${eager.heard}`)
  }).timeout(60_000)
})
