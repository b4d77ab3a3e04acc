/**
 * S3 and S7 on the certified history: nobody contributes twice, time and numbers only grow, and no open job disappears.
 */
import { readInput } from '#protocol/account/inputs.ts'
import type { Checker } from './checker.ts'
import { quorumOf } from './quorum.ts'

/** S3: q different witnesses stand behind every entry, and everything that they name is in it. */
export const contributions: Checker = {
  property: 'S3',
  *entry({ entry, bodies, rules, height }) {
    const signers = new Set(entry.contributions.map(({ envelope }) => envelope.signer))
    if (signers.size < quorumOf(rules.committee.n)) yield `fewer than q witnesses contributed to height ${height}`
    for (const { inputs } of entry.contributions) {
      for (const id of inputs) if (!bodies.has(id)) yield `a contributed input is not in the entry of height ${height}`
    }
  },
}

/** Time: between two honest clocks, by the lower median, and never going back. */
export const certifiedTime: Checker = {
  property: 'S2',
  *entry({ before, after, entry, height }) {
    const clocks = entry.contributions.map(({ clockMs }) => clockMs).sort((a, b) => a - b)
    const median = clocks[Math.ceil(clocks.length / 2) - 1] ?? 0
    if (after.timeMs !== Math.max(before.timeMs, median))
      yield `the certified time of height ${height} is not the median`
  },
}

/**
 * S7: a job that was admitted stays in the state until it is closed, and each number is one job's, admitted or refused,
 * once and for all.
 */
export const noLostJob: Checker = {
  property: 'S7',
  *entry({ before, after, bodies, rules, height }) {
    for (const job of before.jobs.values()) {
      if (job.phase !== 'closed' && !after.jobs.has(job.id)) yield `an open job disappeared at height ${height}`
    }
    if (after.lastSeq < before.lastSeq) yield `the sequence number fell at height ${height}`
    if (after.timeMs < before.timeMs) yield `certified time went back at height ${height}`
    const admitted = [...after.jobs.values()].filter((job) => !before.jobs.has(job.id)).map((job) => job.spec.seq)
    const used = new Set(admitted)
    if (used.size < admitted.length) yield `a number was used twice at height ${height}`
    for (const seq of used) {
      if (seq <= before.lastSeq || seq > after.lastSeq) yield `number ${seq} was used out of turn at height ${height}`
    }
    for (const envelope of bodies.values()) {
      const input = readInput(envelope, rules.domain)
      if (input?.kind === 'job') used.add(input.spec.seq)
    }
    for (let seq = before.lastSeq + 1; seq <= after.lastSeq; seq++) {
      if (!used.has(seq)) yield `number ${seq} was left out at height ${height}`
    }
  },
}

/** L1: certified time does not pass the deadline of a job without ending it. */
export const deadlines: Checker = {
  property: 'L1',
  *entry({ after, height }) {
    for (const { phase, outcome, spec } of after.jobs.values()) {
      const atMs = phase === 'closed' ? (outcome?.closedMs ?? 0) : after.timeMs
      if (atMs > spec.deadlineMs && outcome?.state !== 'expired')
        yield `a job goes on beyond its deadline at height ${height}`
    }
  },
}
