/** Verification: a majority completes a job, and with at most one bad replica in the network its result is right. */
import { encodeOutput } from '#protocol/job/output.ts'
import { sha256, toHex, utf8 } from '#protocol/wire/hash.ts'
import type { CertifiedEntry } from '../world/certified-entry.ts'
import { honestOutput } from '../world/executor.ts'
import type { Checker } from './checker.ts'

/** `bad`: how many peers ever give wrong results; two of them could be a majority, so then nothing is checked. */
export function rightResults(bad: () => number): Checker {
  return {
    property: 'verification',
    *entry(certified) {
      yield* minorities(certified)
      if (bad() <= 1) yield* wrongOnes(certified)
    },
  }
}

/** Jobs that this entry completed although no majority of the wanted replicas agrees. */
function* minorities({ before, after, height }: CertifiedEntry): Iterable<string> {
  for (const { id, outcome, spec } of after.jobs.values()) {
    if (outcome?.state !== 'completed' || before.jobs.get(id)?.phase === 'closed') continue
    const agreed = new Set(outcome.verdict?.winners).size
    if (2 * agreed <= spec.replicas) yield `${agreed} of ${spec.replicas} replicas completed a job at height ${height}`
  }
}

/** Wrong results that were accepted by this entry. */
export function* wrongOnes({
  before,
  after,
  height,
}: Pick<CertifiedEntry, 'before' | 'after' | 'height'>): Iterable<string> {
  for (const job of after.jobs.values()) {
    if (job.outcome?.state !== 'completed' || before.jobs.get(job.id)?.phase === 'closed' || job.spec.replicas < 3)
      continue
    const winner = job.seats.find((seat) => seat.peer === job.outcome?.verdict?.representative)
    const right = honestOutput(String(job.spec.engine.params['text'] ?? ''))
    const digest = toHex(sha256(encodeOutput({ stdout: utf8(right), files: [] })))
    if (winner?.result?.digest !== digest) yield `a wrong result was accepted at height ${height}`
  }
}
