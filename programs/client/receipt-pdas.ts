/** Addresses of `job_receipt`'s accounts. */
import { PublicKey } from '@solana/web3.js'
import { jobAccountKey as keyOfJobAccount } from '#protocol/account/job-account.ts'
import { derive } from './derive.ts'
import { JOB_RECEIPT_ID } from './programs.ts'

/** The deposits' vault: also the authority of its token account. */
export function vaultAddress(network: PublicKey): PublicKey {
  return derive(JOB_RECEIPT_ID, ['vault', network.toBytes()])
}

/** `key` is what headers carry: the wallet, or {@link jobAccountKey}. */
export function creditAccountAddress(network: PublicKey, key: PublicKey): PublicKey {
  return derive(JOB_RECEIPT_ID, ['account', network.toBytes(), key.toBytes()])
}

/** The key of a one-job account; `job` is 32 bytes that name the job, `domain` the network's. */
export function jobAccountKey(domain: Uint8Array, owner: PublicKey, job: Uint8Array): PublicKey {
  return new PublicKey(keyOfJobAccount(domain, owner.toBase58(), job))
}
