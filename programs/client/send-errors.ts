/** How sending fails. */

import type { Refusal } from './errors.ts'
import { remedyFor } from './remedies.ts'

/** A program refused: by simulation nothing was sent and nothing paid; on chain the fee was. */
export class ProgramRefusedError extends Error {
  readonly code = 'PROGRAM_REFUSED'
  readonly refusal: Refusal
  readonly logs: readonly string[]

  constructor(refusal: Refusal, logs: readonly string[]) {
    super(`${refusal.program} refused (${refusal.name}): ${refusal.message}; ${remedyFor(refusal.name)}`)
    this.name = 'ProgramRefusedError'
    this.refusal = refusal
    this.logs = logs
  }
}

/** Every attempt's blockhash expired before the transaction was seen. */
export class TransactionExpiredError extends Error {
  readonly code = 'TRANSACTION_EXPIRED'
  readonly signatures: readonly string[]

  constructor(signatures: readonly string[]) {
    super(`not seen before its blockhash expired, in ${signatures.length} attempts`)
    this.name = 'TransactionExpiredError'
    this.signatures = signatures
  }
}

/** The cluster stopped answering. What was sent may have landed: look `signatures` up before sending the same again. */
export class ClusterUnreachableError extends Error {
  readonly code = 'CLUSTER_UNREACHABLE'
  readonly signatures: readonly string[]

  constructor(signatures: readonly string[], cause: unknown) {
    const sent =
      signatures.length === 0 ? 'nothing was sent' : `look up ${signatures.join(', ')} before sending it again`
    super(`the cluster did not answer: ${sent}`, { cause })
    this.name = 'ClusterUnreachableError'
    this.signatures = [...signatures]
  }
}
