/** One-job accounts: a job's own escrow, with a log of its own. Only on a ledger that has them (Solana). */
import { concat, sha256, utf8 } from '../wire/hash.ts'
import { decodeKey, encodeKey, type WalletKey } from '../wire/keys.ts'

/**
 * Key of the one-job account that `owner` opens for `job` (32 bytes) on the network of `domain`: nobody holds its private key, and
 * anybody can check whose it is. The program computes the same; the vectors in `job-accounts.json` tie the two.
 */
export function jobAccountKey(domain: Uint8Array, owner: WalletKey, job: Uint8Array): WalletKey {
  return encodeKey(sha256(concat(utf8('weft/job-account/1'), domain, decodeKey(owner), job)))
}
