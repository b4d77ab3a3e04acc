/**
 * Judge: compares the revealed results, pays the replicas that agree, and closes the job. An entry holds all the
 * results that its verdict is made of, so whoever has the entry can check the verdict.
 */
import { lowerMedian, replicaCap, replicaCost } from '../credits/price.ts'
import { splitVerdict } from '../credits/split.ts'
import type { ErrorCode } from '../errors.ts'
import { comparableText, decodeOutput } from '../job/output.ts'
import { limits } from '../limits.ts'
import { findMember } from '../membership/registry.ts'
import { commitmentHash } from '../verification/commitment.ts'
import { type Verdict, judge as verdictOf } from '../verification/judge.ts'
import type { Reply } from '../verification/reply.ts'
import { cidOfDigest } from '../wire/canonical.ts'
import { fromHex, sha256, toHex, utf8 } from '../wire/hash.ts'
import type { PeerKey, WalletKey } from '../wire/keys.ts'
import { close, findSeat, open, type StateDraft, update } from './draft.ts'
import { carriesOutput, failureCodes, type Input, type InputOf, RESULT, type Result } from './inputs.ts'
import { placementSeed } from './place.ts'
import type { JobOutcome, JobRecord, SeatResult } from './state.ts'

/**
 * Judges each revealing job for which this entry holds the results of all replicas that committed, or, once
 * `limits.revealTimeoutMs` have passed, of those that came. A result that does not open its replica's commitment counts
 * as none. A majority of finished programs is paid what it metered, all by the lower median; one of failed programs is
 * not; without a majority each revealed replica is paid half.
 */
export function judge(draft: StateDraft, inputs: readonly Input[]): void {
  const results = inputs.filter((input): input is InputOf<typeof RESULT> => input.kind === RESULT)
  for (const job of open(draft)) {
    if (job.phase !== 'revealing') continue
    const revealed = results.filter((input) => input.statement.job === job.id && opens(draft, input))
    const unique = new Map(revealed.map((input) => [input.envelope.signer, input.statement]))
    const awaited = job.seats.filter((seat) => seat.role === 'committed').length
    if (unique.size < awaited && draft.timeMs <= job.revealMs + limits.revealTimeoutMs) continue
    decide(draft, job, unique)
  }
}

/** True if the result is what its author committed to, and its parts belong together. */
function opens(draft: StateDraft, input: InputOf<typeof RESULT>): boolean {
  const found = findSeat(draft, input)
  if (found === undefined || found.seat.role !== 'committed') return false
  const { job: jobId, fence, digest, nonce } = input.statement
  const peer = input.envelope.signer
  const { seat, job } = found
  if (seat.commitment !== commitmentHash({ jobId, fence, peer, outputDigest: digest, nonce })) return false
  return wellFormed(job, input.statement)
}

/**
 * The output is named by the digest that was committed to: who agrees on the digest agrees on the output, and on having
 * failed.
 */
function wellFormed(job: JobRecord, result: Result): boolean {
  const { status, code, digest, output, body } = result
  if (status === 'failed') {
    return code !== '' && digest === failureDigest(code) && output === '' && body.length === 0
  }
  if (code !== '' || failureDigests.has(digest) || output !== cidOfDigest(fromHex(digest))) return false
  return body.length === 0 || (carriesOutput(job.spec, body.length) && toHex(sha256(body)) === digest)
}

/**
 * The digest of a failed program, hex: a hash of its code alone, so replicas that fail alike agree. No output can have
 * it.
 */
export function failureDigest(code: string): string {
  return toHex(sha256(utf8(`weft/failed/${code}`)))
}

const failureDigests: ReadonlySet<string> = new Set(failureCodes.map(failureDigest))

function decide(draft: StateDraft, job: JobRecord, results: ReadonlyMap<PeerKey, Result>): void {
  const seats = job.seats.map((seat) => {
    const result = results.get(seat.peer)
    return result === undefined ? seat : { ...seat, role: 'revealed' as const, result: seatResult(result) }
  })
  const judged = update(draft, job, { seats })
  const replies = [...results].map(([peer, result]) => replyOf(peer, result))
  const { comparator, replicas } = job.spec
  const seed = placementSeed(draft.rules.registry.beacon, job)
  const verdict = verdictOf({ comparator, replicas, replies, seed })
  if (verdict.status === 'agreed') agree(draft, judged, results, verdict)
  else disagree(draft, judged, results, verdict)
}

function seatResult({ status, code, digest, output, logs, meterMs }: Result): SeatResult {
  return { status, code, digest, output, logs, meterMs }
}

/** Failed programs are compared by their code, even where outputs are compared by content. */
function replyOf(peer: PeerKey, result: Result): Reply {
  if (result.status === 'failed' || result.body.length === 0) return { peer, digest: result.digest }
  const output = decodeOutput(result.body)
  return output === undefined
    ? { peer, digest: result.digest }
    : { peer, digest: result.digest, output: comparableText(output) }
}

function agree(
  draft: StateDraft,
  job: JobRecord,
  results: ReadonlyMap<PeerKey, Result>,
  verdict: Extract<Verdict, { status: 'agreed' }>,
): void {
  const { agreed, of, confidencePpm, winners, outvoted, representative } = verdict
  const chosen = results.get(representative)
  const summary = { agreed, of, confidencePpm, winners, outvoted, representative }
  const common = { verdict: summary, output: chosen?.output ?? '', logs: chosen?.logs ?? '' }
  if (chosen?.status === 'failed') {
    close(draft, job, {
      ...common,
      state: 'failed',
      code: chosen.code === '' ? 'PROGRAM_FAILED' : (chosen.code satisfies ErrorCode),
    })
    return
  }
  const meterMs = lowerMedian(winners.map((peer) => results.get(peer)?.meterMs ?? 0))
  close(draft, job, { ...common, state: 'completed', code: '', ...pay(draft, job, winners, () => meterMs, 1n) })
}

/** No majority: those that did the work get half of what it cost. */
function disagree(
  draft: StateDraft,
  job: JobRecord,
  results: ReadonlyMap<PeerKey, Result>,
  verdict: Extract<Verdict, { status: 'no-majority' }>,
): void {
  const peers = [...results.keys()]
  const summary: JobOutcome['verdict'] = {
    agreed: verdict.clusters[0]?.length ?? 0,
    of: verdict.of,
    confidencePpm: 0,
    winners: [],
    outvoted: [],
    representative: '',
  }
  const paid = pay(draft, job, peers, (peer) => results.get(peer)?.meterMs ?? 0, 2n)
  close(draft, job, { state: 'failed', code: 'NO_MAJORITY', verdict: summary, ...paid })
}

function pay(
  draft: StateDraft,
  job: JobRecord,
  peers: readonly PeerKey[],
  meterMs: (peer: PeerKey) => number,
  divisor: bigint,
) {
  const cap = replicaCap(job.spec)
  const costs = peers.map((peer) => {
    const seat = job.seats.find((candidate) => candidate.peer === peer)
    const cost = replicaCost({ pricePerSecond: seat?.rate ?? 0n, meterMs: meterMs(peer), cap })
    return { payee: payeeOf(draft, peer), cost: cost / divisor }
  })
  const voters = draft.rules.committee.witnesses.filter((peer) => draft.entry.previousSignatures.has(peer))
  const witnesses = voters.map((peer) => payeeOf(draft, peer))
  return splitVerdict({ costs, witnesses, witnessFeeBps: limits.witnessFeeBps })
}

/** A peer's earnings go to its owner's wallet. */
function payeeOf(draft: StateDraft, peer: PeerKey): WalletKey {
  return findMember(draft.rules.registry, peer)?.owner ?? peer
}
