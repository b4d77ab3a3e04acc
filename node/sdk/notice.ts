/** What a user should know although nothing failed. */

/**
 * A notice of posting a job: a code, and what it is about. FEWER_REPLICAS: only `able` peers can run a job that would
 * by default run on `wanted`, so a wrong result is easier to miss. CREDITS_LOW: after this job `leftMicro`
 * micro-credits are left, less than three times its price. NUMBER_TAKEN: another job of the wallet took the sequence
 * number `seq` first, and the job is signed again.
 */
export type PostNotice =
  | { readonly code: 'FEWER_REPLICAS'; readonly data: { readonly able: number; readonly wanted: number } }
  | { readonly code: 'CREDITS_LOW'; readonly data: { readonly leftMicro: bigint } }
  | { readonly code: 'NUMBER_TAKEN'; readonly data: { readonly seq: number } }
