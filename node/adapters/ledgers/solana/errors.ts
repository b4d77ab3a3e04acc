/** What went wrong on the chain, by name. */
import { SendTransactionError } from '@solana/web3.js'
import { ProgramRefusedError, TransactionExpiredError } from '#programs/client/send.ts'
import { WeftError } from '#protocol/errors.ts'

/** Names in refusals that mean: somebody else has done it already. */
const DONE_ALREADY: ReadonlySet<string> = new Set([
  'heightNotRising',
  'spentFalls',
  'wrongEpoch',
  'wrongCommittee',
  'nothingToClaim',
  'notInState',
  'totalFalls',
  'forceRequested',
  'noForceRequested',
  'accountAlreadyInUse',
  'epochNotOver',
  'slashed',
])

/** True if a program refused because another peer was first. */
export function isDoneAlready(error: unknown): boolean {
  return error instanceof ProgramRefusedError && DONE_ALREADY.has(error.refusal.name)
}

/**
 * `error` as one of ours: CHAIN_REFUSED names the program's own error, CHAIN_UNREACHABLE the address that did not
 * answer.
 */
export function chainError(error: unknown, where: string): WeftError {
  if (error instanceof WeftError) return error
  if (error instanceof ProgramRefusedError) {
    const { program, name, message } = error.refusal
    return new WeftError('CHAIN_REFUSED', `${program}: ${name}: ${message}`, { cause: error, data: { program, name } })
  }
  if (error instanceof TransactionExpiredError)
    return new WeftError('CHAIN_UNREACHABLE', `${where}: ${error.message}`, { cause: error })
  const message = error instanceof Error ? error.message.split('\n')[0]?.slice(0, 200) : String(error)
  if (error instanceof SendTransactionError && !/unhealthy|behind/.test(error.message))
    return new WeftError('CHAIN_REFUSED', `the cluster refused: ${message}`, { cause: error })
  return new WeftError('CHAIN_UNREACHABLE', `${where}: ${message}`, { cause: error })
}
