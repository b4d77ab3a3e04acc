/** A receipt: one job's record, proven against a certified header. Placement certificate and payment receipt are both this, at different heights. */
import { z } from 'zod'
import { type Certificate, checkCertificate, decodeCertificate, encodeCertificate } from '../agreement/certificate.ts'
import type { Committee } from '../membership/committee.ts'
import { bytes, nat } from '../shapes.ts'
import { decode, encode } from '../wire/canonical.ts'
import { equalBytes } from '../wire/hash.ts'
import { decodeJob } from './codec.ts'
import { type AccountState, type JobProof, type JobRecord, proveJob, rootOfJobProof } from './state.ts'

export interface Receipt {
  readonly certificate: Certificate
  readonly proof: JobProof
  readonly job: JobRecord
}

export function makeReceipt(state: AccountState, certificate: Certificate, jobId: string): Receipt | undefined {
  const proof = proveJob(state, jobId)
  const job = state.jobs.get(jobId)
  return proof === undefined || job === undefined ? undefined : { certificate, proof, job }
}

export function encodeReceipt({ certificate, proof, job }: Receipt): Uint8Array {
  const { index, size, path } = proof.proof
  return encode([
    encodeCertificate(certificate),
    proof.record,
    index,
    size,
    [...path],
    proof.totalsRoot,
    proof.meta,
    job.raw,
  ])
}

/** The receipt in `encoded`, unverified; `undefined` if they are not one. */
export function decodeReceipt(encoded: Uint8Array, domain: Uint8Array): Receipt | undefined {
  const parsed = receiptSchema.safeParse(decode(encoded))
  if (!parsed.success) return undefined
  const [certificateBytes, record, index, size, path, totalsRoot, meta, raw] = parsed.data
  const certificate = decodeCertificate(certificateBytes)
  const job = decodeJob(record, raw, domain)
  if (certificate === undefined || job === undefined) return undefined
  return { certificate, proof: { record, proof: { index, size, path }, totalsRoot, meta }, job }
}

/** What is wrong with `receipt`, or `undefined` if q witnesses of `committee` certified a state that holds exactly this job record. */
export function checkReceipt(receipt: Receipt, committee: Committee, domain: Uint8Array): string | undefined {
  const { header } = receipt.certificate
  if (!equalBytes(header.domain, domain)) return 'the certificate is for another network'
  if (header.account !== receipt.job.spec.account) return 'the certificate is for another account'
  const fault = checkCertificate(receipt.certificate, committee)
  if (fault !== undefined) return `the certificate is not valid: ${fault}`
  const root = rootOfJobProof(receipt.proof)
  return root !== undefined && equalBytes(root, header.stateRoot)
    ? undefined
    : "the job's record is not in the certified state"
}

/** Certificate, record, the proof's index, size and path, totals' root, meta, signed job. */
const receiptSchema = z.tuple([bytes, bytes, nat, nat, z.array(bytes).max(32), bytes, bytes, bytes])
