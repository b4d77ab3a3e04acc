/** Asking a cluster that may be silent or behind for a while. */
import { SendTransactionError, SolanaJSONRPCError } from '@solana/web3.js'
import { ClusterUnreachableError, ProgramRefusedError } from './send-errors.ts'

/** What was signed so far, and when to stop trying. */
export interface RetryLimits {
  readonly signatures: readonly string[]
  /** How long a cluster may be silent, milliseconds. */
  readonly silenceMs: number
  readonly signal: AbortSignal | undefined
}

const RETRY_MS = 500

/**
 * Tries `work` again while the cluster does not answer or its node lags behind; ClusterUnreachableError after
 * `silenceMs` of that.
 */
export async function retryTransient<T>(
  work: () => Promise<T>,
  { signatures, silenceMs, signal }: RetryLimits,
): Promise<T> {
  const started = performance.now()
  for (;;) {
    signal?.throwIfAborted()
    try {
      return await work()
    } catch (error) {
      if (!isTransient(error)) throw error
      if (performance.now() - started > silenceMs) throw new ClusterUnreachableError(signatures, error)
    }
    await sleep(RETRY_MS, signal)
  }
}

/** JSON-RPC codes of a node that is behind, has no such block yet, or has not reached the asked slot. */
const LAGGING_CODES: readonly unknown[] = [-32004, -32005, -32014, -32016]

/** What a node answered is final, unless it says that it lags; what never came back may be asked again. */
function isTransient(error: unknown): boolean {
  if (isLagging(error)) return true
  if (
    error instanceof SolanaJSONRPCError ||
    error instanceof ProgramRefusedError ||
    error instanceof SendTransactionError
  )
    return false
  return error instanceof Error && NO_ANSWER.test(error.message)
}

/** How fetch and web3.js say that there was no answer, or none that counts. */
const NO_ANSWER = /fetch failed|terminated|other side closed|socket|ECONN|EPIPE|\b(429|5\d\d) /

/** True if a node says that it is behind what the caller has seen. */
export function isLagging(error: unknown): boolean {
  return error instanceof SolanaJSONRPCError && LAGGING_CODES.includes(error.code)
}

/** Resolves after `ms`; rejects with the abort's reason. */
export function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', aborted)
      resolve()
    }, ms)
    signal?.addEventListener('abort', aborted, { once: true })
  })
}
