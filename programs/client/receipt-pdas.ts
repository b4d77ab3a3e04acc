/** Addresses of `job_receipt`'s accounts. */
import { PublicKey } from '@solana/web3.js'
import { sha256, utf8 } from '#protocol/wire/hash.ts'
import { JOB_RECEIPT_ID } from './programs.ts'

/** The deposits' vault: also the authority of its token account. */
export function vaultAddress(network: PublicKey): PublicKey {
  return PublicKey.findProgramAddressSync([utf8('vault'), network.toBytes()], JOB_RECEIPT_ID)[0]
}

/** `key` is what headers carry: the wallet, or {@link jobAccountKey}. */
export function creditAccountAddress(network: PublicKey, key: PublicKey): PublicKey {
  return PublicKey.findProgramAddressSync([utf8('account'), network.toBytes(), key.toBytes()], JOB_RECEIPT_ID)[0]
}

/** The key of a one-job account; `job` is 32 bytes that name the job. */
export function jobAccountKey(network: PublicKey, owner: PublicKey, job: Uint8Array): PublicKey {
  return new PublicKey(sha256(utf8('weft/job-account/1'), network.toBytes(), owner.toBytes(), job))
}
