/**
 * One-job accounts: a job's own escrow, with a log of its own. Nobody holds the key's private half. It is a hash over
 * the wallet that pays and the job itself, so whoever sees the job can check whose account it is and that no other job
 * can run on it. Only a ledger on Solana has them.
 */
import { type JobSpec, ownerOf, plainSpec } from '../job/spec.ts'
import { encode } from '../wire/canonical.ts'
import { concat, sha256, utf8 } from '../wire/hash.ts'
import { decodeKey, encodeKey, type WalletKey } from '../wire/keys.ts'
import { type AccountState, type JobProof, proveJob } from './state.ts'

/**
 * Key of the one-job account that `owner` opens for `job` (32 bytes, see {@link jobDigest}) on the network of `domain`.
 * The program computes the same: see `test/vectors/job-accounts.json`.
 */
export function jobAccountKey(domain: Uint8Array, owner: WalletKey, job: Uint8Array): WalletKey {
  return encodeKey(sha256(concat(utf8('weft/job-account/1'), domain, decodeKey(owner), job)))
}

/** The 32 bytes that name a job on chain: the hash of all that is signed but the account, which is made from it. */
export function jobDigest(spec: JobSpec): Uint8Array {
  return sha256(concat(utf8('weft/account-job/1'), encode({ ...Object(plainSpec(spec)), account: '' })))
}

/**
 * True if `signer` may put the job into the log of its account: the account is its own, or the job's own account that
 * it opened.
 */
export function maySpend(spec: JobSpec, signer: WalletKey, domain: Uint8Array): boolean {
  if (spec.owner === undefined) return spec.account === signer
  return spec.owner === signer && spec.account === jobAccountKey(domain, signer, jobDigest(spec))
}

/** The wallet that `account` belongs to, as far as one of its `jobs` says; else the account itself. */
export function ownerIn(account: WalletKey, jobs: Iterable<JobSpec>): WalletKey {
  for (const spec of jobs) if (spec.account === account) return ownerOf(spec)
  return account
}

/**
 * The proof of the closed job, where `state` is a one-job account's whose job is closed: with it the escrow is paid
 * back.
 */
export function provenEnd(state: AccountState): JobProof | undefined {
  const over = [...state.jobs.values()].find(({ spec, phase }) => spec.owner !== undefined && phase === 'closed')
  return over === undefined ? undefined : proveJob(state, over.id)
}
