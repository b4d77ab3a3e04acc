/**
 * Receipts: one job's record, proven against a certified header. Placement certificate and payment receipt are both
 * this, at different heights.
 */
import { z } from 'zod'
import { type Certificate, checkCertificate, decodeCertificate, encodeCertificate } from '../agreement/certificate.ts'
import type { Committee } from '../membership/committee.ts'
import { bytes, nat } from '../shapes.ts'
import { decode, encode } from '../wire/canonical.ts'
import { equalBytes } from '../wire/hash.ts'
import { decodeJob } from './codec.ts'
import { type AccountState, type JobProof, type JobRecord, proveJob, rootOfJobProof } from './state.ts'

/** A job's record with what proves it. As decoded it is a claim; {@link checkReceipt} makes it a fact. */
export interface Receipt {
  /** The header of the state that holds the record, and its witnesses' signatures. */
  readonly certificate: Certificate
  /** Leads from the record to the header's state root. */
  readonly proof: JobProof
  /** The record in the proof, with its signed job. */
  readonly job: JobRecord
}

/** The receipt of a job in `state`, whose certificate is `certificate`; `undefined` if the state holds no such job. */
export function makeReceipt(state: AccountState, certificate: Certificate, jobId: string): Receipt | undefined {
  const proof = proveJob(state, jobId)
  const job = state.jobs.get(jobId)
  return proof === undefined || job === undefined ? undefined : { certificate, proof, job }
}

/** Canonical bytes of a receipt, the signed job included: what {@link decodeReceipt} reads on any peer. */
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

/** The receipt in `encoded`, unverified but for the job's own signature; `undefined` if it is malformed. */
export function decodeReceipt(encoded: Uint8Array, domain: Uint8Array): Receipt | undefined {
  const parsed = receiptSchema.safeParse(decode(encoded))
  if (!parsed.success) return undefined
  const [certificateBytes, record, index, size, path, totalsRoot, meta, raw] = parsed.data
  const certificate = decodeCertificate(certificateBytes)
  const job = decodeJob(record, raw, domain)
  if (certificate === undefined || job === undefined) return undefined
  return { certificate, proof: { record, proof: { index, size, path }, totalsRoot, meta }, job }
}

/**
 * What is wrong with `receipt`, in a clause for people; `undefined` if q witnesses of `committee` certified a state of
 * its account on the network of `domain` that holds exactly this job record. Cost: up to n signature checks and a path
 * of hashes.
 */
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
