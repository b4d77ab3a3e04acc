/** What others pay at present to be ahead. */
import { type Connection, SolanaJSONRPCError, type TransactionInstruction } from '@solana/web3.js'

/** However much others pay: at 100,000 compute units this is 100,000 lamports. */
const MICRO_LAMPORTS_MAX = 1_000_000
const ACCOUNTS_MAX = 128
const METHOD_NOT_FOUND = -32_601

/**
 * Median price of a compute unit, micro-lamports, in recent blocks that wrote what `instructions` write; at most
 * 1,000,000.
 */
export async function recentPriority(
  connection: Connection,
  instructions: readonly TransactionInstruction[],
): Promise<number> {
  const written = instructions.flatMap(({ keys }) => keys.filter((meta) => meta.isWritable).map((meta) => meta.pubkey))
  try {
    const recent = await connection.getRecentPrioritizationFees({
      lockedWritableAccounts: written.slice(0, ACCOUNTS_MAX),
    })
    const fees = recent.map(({ prioritizationFee }) => prioritizationFee).sort((a, b) => a - b)
    return Math.min(MICRO_LAMPORTS_MAX, fees[Math.floor(fees.length / 2)] ?? 0)
  } catch (error) {
    // A local chain has no fee market.
    if (error instanceof SolanaJSONRPCError && error.code === METHOD_NOT_FOUND) return 0
    throw error
  }
}
