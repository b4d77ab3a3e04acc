/**
 * Money that leaves an account does so after the network's delay: how long a command waits, and what it says otherwise.
 */
import { credits, duration } from '../command/format.ts'

/** A longer delay is not waited for: the command is given again. */
export const PATIENCE_MS = 60_000

/**
 * What to do where the network's delay of `seconds` has not passed for `amount` micro-credits on their way to `where`.
 */
export function waiting({ amount, seconds }: { amount: bigint; seconds: number }, where: string): string {
  const later = `give the command again in ${duration(seconds * 1_000)}`
  return `${credits(amount)} asked for; ${later}, and they go to ${where}`
}
