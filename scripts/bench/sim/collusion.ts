/** Wrong results that are accepted when a fifth of the peers give the same wrong one, and what the replicas cost. */
import type { JobRecord } from '#protocol/account/state.ts'
import { encodeOutput } from '#protocol/job/output.ts'
import { DEFAULT_POLICY } from '#protocol/placement/policies.ts'
import { sha256, toHex, utf8 } from '#protocol/wire/hash.ts'
import { simulate } from '#sim/simulate.ts'
import { forgedOutput } from '#sim/world/executor.ts'
import type { Row } from '../row.ts'
import { figure, scenario } from './rows.ts'

const SHARE = 0.2
/**
 * Replicas, and the percentage of jobs where independent draws give colluders the majority: 3p²(1−p) + p³ and so on.
 */
const plain = [
  [3, 10.4],
  [5, 5.792],
] as const
/** With the first the cheapest and fastest run most of a network's jobs, with the second anybody may. */
const policies = [DEFAULT_POLICY, 'spread'] as const
/** Who colludes is drawn once per network: many small ones tell more than a few large ones. */
const PEERS = 24

interface Counts {
  wrong: number
  completed: number
  paid: number
}

export async function* collusion({ networks }: { networks: number }): AsyncGenerator<Row> {
  for (const [replicas, percent] of plain) {
    for (const policy of policies) {
      const all: Counts = { wrong: 0, completed: 0, paid: 0 }
      const shares: number[] = []
      for (let seed = 1; seed <= networks; seed++) {
        const { wrong, completed, paid } = await network({ seed, replicas, policy })
        all.wrong += wrong
        all.completed += completed
        all.paid += paid
        shares.push((100 * wrong) / Math.max(1, completed))
      }
      const name = `${replicas} replicas, policy ${policy}, a fifth of the peers colludes`
      const mean = shares.reduce((sum, share) => sum + share, 0) / networks
      const error = Math.sqrt(shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / networks / (networks - 1))
      yield figure(`${name}: wrong results accepted (baseline: ${replicas} plain draws)`, {
        value: mean,
        unit: '%',
        baseline: percent,
        spread: `standard error ${error.toFixed(1)}`,
        note: `mean over ${networks} networks of ${PEERS} peers, ${all.wrong} of ${all.completed} jobs`,
      })
      yield figure(`${name}: results paid per job (baseline: ${replicas} plain replicas)`, {
        value: all.paid / Math.max(1, all.completed),
        unit: '',
        baseline: replicas,
      })
    }
  }
}

async function network(options: { seed: number; replicas: number; policy: string }): Promise<Counts> {
  const { seed, replicas, policy } = options
  const counts = { wrong: 0, completed: 0, paid: 0 }
  await simulate({
    scenario: scenario({
      seed,
      policy,
      peers: PEERS,
      wallets: 4,
      for: '2s',
      settle: '10s',
      attackers: { colluder: SHARE },
      jobs: undefined,
      workload: { jobsPerSecond: 4, runMs: 200, replicas },
      regions: ['eu'],
    }),
    observe: () => ({
      certified: ({ before, after }) => {
        for (const job of after.jobs.values()) {
          if (job.phase !== 'closed' || before.jobs.get(job.id)?.phase === 'closed') continue
          if (job.outcome?.state !== 'completed') continue
          counts.completed++
          counts.paid += job.seats.filter((seat) => seat.result !== undefined && seat.result !== null).length
          if (isForged(job)) counts.wrong++
        }
      },
    }),
  })
  return counts
}

function isForged(job: JobRecord): boolean {
  const winner = job.seats.find((seat) => seat.peer === job.outcome?.verdict?.representative)
  const stdout = utf8(forgedOutput(String(job.spec.engine.params['text'] ?? '')))
  return winner?.result?.digest === toHex(sha256(encodeOutput({ stdout, files: [] })))
}
