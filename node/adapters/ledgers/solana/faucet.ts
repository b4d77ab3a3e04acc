/** Play money of local and test clusters. */
import { PublicKey } from '@solana/web3.js'
import type { WalletKey } from '#protocol/wire/keys.ts'
import type { ChainNetwork } from './cluster.ts'
import { chainError } from './errors.ts'

const POLL_MS = 20
const TIMEOUT_MS = 30_000

/**
 * Asks the cluster's faucet for lamports and waits until they are there. CHAIN_REFUSED or CHAIN_UNREACHABLE if it does
 * not give them.
 */
export async function requestLamports(
  { connection, rpcUrl }: Pick<ChainNetwork, 'connection' | 'rpcUrl'>,
  to: WalletKey,
  lamports: bigint,
): Promise<void> {
  try {
    const signature = await connection.requestAirdrop(new PublicKey(to), Number(lamports))
    const untilMs = performance.now() + TIMEOUT_MS
    while (performance.now() < untilMs) {
      const { value } = await connection.getSignatureStatuses([signature])
      if (value[0]?.confirmationStatus === 'confirmed' || value[0]?.confirmationStatus === 'finalized') return
      await new Promise((resolve) => setTimeout(resolve, POLL_MS))
    }
    throw new Error('the airdrop was not confirmed')
  } catch (error) {
    throw chainError(error, rpcUrl)
  }
}
