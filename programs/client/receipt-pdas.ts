/** Addresses of `job_receipt`'s accounts. */
import { PublicKey } from '@solana/web3.js'
import { sha256, utf8 } from '#protocol/wire/hash.ts'
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

/** The key of a one-job account; `job` is 32 bytes that name the job. */
export function jobAccountKey(network: PublicKey, owner: PublicKey, job: Uint8Array): PublicKey {
  return new PublicKey(sha256(utf8('weft/job-account/1'), network.toBytes(), owner.toBytes(), job))
}
