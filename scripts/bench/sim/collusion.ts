/** Wrong results that are accepted when a fifth of the peers give the same wrong one, and what the replicas cost. */
import type { JobRecord } from '#protocol/account/state.ts'
import { encodeOutput } from '#protocol/job/output.ts'
import { sha256, toHex, utf8 } from '#protocol/wire/hash.ts'
import { simulate } from '#sim/simulate.ts'
import { forgedOutput } from '#sim/world/executor.ts'
import type { Row } from '../row.ts'
import { figure, scenario } from './rows.ts'

const SHARE = 0.2
/** Replicas, and the percentage of jobs where independent draws give colluders the majority: 3p²(1−p) + p³ and so on. */
const plain = [
  [3, 10.4],
  [5, 5.792],
] as const

export async function* collusion({ seeds }: { seeds: number }): AsyncGenerator<Row> {
  for (const [replicas, percent] of plain) {
    let wrong = 0
    let completed = 0
    let paid = 0
    const shares: number[] = []
    for (let seed = 1; seed <= seeds; seed++) {
      const before = { wrong, completed }
      await simulate({
        scenario: scenario({
          seed,
          peers: 30,
          wallets: 6,
          for: '6s',
          settle: '10s',
          attackers: { colluder: SHARE },
          jobs: undefined,
          workload: { jobsPerSecond: 4, runMs: 200, replicas },
          regions: ['eu'],
        }),
        observe: () => ({
          certified: ({ before: earlier, after }) => {
            for (const job of after.jobs.values()) {
              if (job.phase !== 'closed' || earlier.jobs.get(job.id)?.phase === 'closed') continue
              if (job.outcome?.state !== 'completed') continue
              completed++
              paid += job.seats.filter((seat) => seat.result !== undefined && seat.result !== null).length
              if (isForged(job)) wrong++
            }
          },
        }),
      })
      shares.push((100 * (wrong - before.wrong)) / Math.max(1, completed - before.completed))
    }
    const name = `${replicas} replicas, a fifth of the peers colludes`
    yield figure(
      `${name}: wrong results accepted (baseline: ${replicas} plain replicas)`,
      (100 * wrong) / Math.max(1, completed),
      '%',
      {
        baseline: percent,
        spread: `${shares.map((share) => Math.round(share)).join(', ')} in single networks`,
        note: `${wrong} of ${completed} jobs in ${seeds} networks of 30 peers; the cheapest free peers run most of a network's jobs, so who they are decides`,
      },
    )
    yield figure(
      `${name}: results paid per job (baseline: ${replicas} plain replicas)`,
      paid / Math.max(1, completed),
      '',
      { baseline: replicas },
    )
  }
}

function isForged(job: JobRecord): boolean {
  const winner = job.seats.find((seat) => seat.peer === job.outcome?.verdict?.representative)
  const stdout = utf8(forgedOutput(String(job.spec.engine.params['text'] ?? '')))
  return winner?.result?.digest === toHex(sha256(encodeOutput({ stdout, files: [] })))
}
