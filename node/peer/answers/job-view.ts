/** Answers how a job looks: its receipt as the plain values of the API. */
import { jobDigest } from '#protocol/account/job-account.ts'
import type { Receipt } from '#protocol/account/receipt.ts'
import { checkReceipt } from '#protocol/account/receipt.ts'
import { type JobRecord, stateOf } from '#protocol/account/state.ts'
import { ownerOf } from '#protocol/job/spec.ts'
import type { Committee } from '#protocol/membership/committee.ts'
import { findMember, type RegistryView } from '#protocol/membership/registry.ts'
import { toHex } from '#protocol/wire/hash.ts'
import { headerDigest } from '#protocol/wire/header.ts'
import type { CertificateView, JobView } from '../../api/job-view.ts'

/**
 * What a view of a job is made of: its receipt, the committee that certified it, and the registry that knows the
 * owners.
 */
export interface JobViewParts {
  readonly receipt: Receipt
  readonly committee: Committee | undefined
  readonly registry: RegistryView | undefined
  readonly domain: Uint8Array
}

/** The job. Its certificate's `valid` is found out here, each time: quorum, signatures, and the proof of the record. */
export function jobView(parts: JobViewParts): JobView {
  const { job } = parts.receipt
  const { spec, outcome } = job
  const verdict = outcome?.verdict ?? null
  const active = job.seats.filter((seat) => seat.role !== 'standby')
  return {
    jobId: job.id,
    name: spec.name,
    account: spec.account,
    owner: ownerOf(spec),
    escrow: spec.owner === undefined ? '' : toHex(jobDigest(spec)),
    seq: spec.seq,
    engine: spec.engine.type,
    state: stateOf(job),
    code: outcome?.code ?? '',
    replicas: spec.replicas,
    attempts: job.attempts,
    priceMax: String(spec.priceMax),
    deadlineMs: spec.deadlineMs,
    admittedMs: job.admittedMs,
    closedMs: outcome?.closedMs ?? null,
    placement: {
      height: job.placedHeight,
      primaries: active.map((seat) => seat.peer),
      standbys: job.seats.filter((seat) => seat.role === 'standby').map((seat) => seat.peer),
    },
    seats: job.seats.map(seatView),
    excluded: job.excluded,
    verdict: verdict === null ? null : { ...pick(verdict), confidence: verdict.confidencePpm / 1e6 },
    output: outcome?.output ?? '',
    logs: outcome?.logs ?? '',
    charged: String(outcome?.charged ?? 0n),
    earned: (outcome?.payments ?? []).map(({ payee, amount }) => ({
      payee,
      peer: peerOf(job, payee, parts.registry),
      amount: String(amount),
    })),
    certificate: certificateView(parts),
  }
}

/** The certificate, verified here and now: quorum, signatures, and the proof that the state holds this very record. */
function certificateView({ receipt, committee, domain }: JobViewParts): CertificateView {
  const { header, signatures } = receipt.certificate
  return {
    account: header.account,
    epoch: header.epoch,
    height: header.height,
    n: committee?.n ?? 0,
    quorum: committee?.q ?? 0,
    signers: [...signatures.keys()],
    digest: toHex(headerDigest(header)),
    valid: committee !== undefined && checkReceipt(receipt, committee, domain) === undefined,
  }
}

function seatView(seat: JobRecord['seats'][number]): JobView['seats'][number] {
  const { peer, role, fence, result } = seat
  return {
    peer,
    role,
    fence,
    digest: result?.digest ?? '',
    output: result?.output ?? '',
    logs: result?.logs ?? '',
    meterMs: result?.meterMs ?? 0,
  }
}

function pick(
  verdict: NonNullable<NonNullable<JobRecord['outcome']>['verdict']>,
): Omit<NonNullable<JobView['verdict']>, 'confidence'> {
  const { agreed, of, winners, outvoted } = verdict
  return { agreed, of, winners, outvoted }
}

/** The replica that earned a payment, where the payee's wallet owns one of them. */
function peerOf(job: JobRecord, payee: string, registry: RegistryView | undefined): string | null {
  if (registry === undefined) return null
  const winners = job.outcome?.verdict?.winners ?? []
  return winners.find((peer) => findMember(registry, peer)?.owner === payee) ?? null
}
