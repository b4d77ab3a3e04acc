/**
 * Sends several transactions at once, in order, and waits for all of them: a set-up in the time of one confirmation.
 */
import { ComputeBudgetProgram, type Keypair, Transaction, type TransactionInstruction } from '@solana/web3.js'
import { base58btc } from 'multiformats/bases/base58'
import { refusalOf } from '#programs/client/errors.ts'
import { ProgramRefusedError, TransactionExpiredError } from '#programs/client/send.ts'
import type { ChainNetwork } from './cluster.ts'
import { chainError } from './errors.ts'

const POLL_MS = 40
/** Signatures that a node answers for at once. */
const STATUSES_MAX = 256
/** Enough for every set-up transaction of ours; unused units cost nothing. */
const UNITS = 600_000

/** One transaction; the first signer pays. */
export interface Bundle {
  readonly instructions: readonly TransactionInstruction[]
  readonly signers: readonly [Keypair, ...Keypair[]]
}

/**
 * Sends `bundles` one behind the other and waits until all are confirmed; gives their signatures. For transactions that
 * cannot be refused for what others do: none is simulated or signed anew. CHAIN_REFUSED names the first that a program
 * refused; CHAIN_UNREACHABLE if one was not seen before its blockhash expired.
 */
export async function sendAll(
  { connection, rpcUrl }: Pick<ChainNetwork, 'connection' | 'rpcUrl'>,
  bundles: readonly Bundle[],
): Promise<string[]> {
  try {
    const { blockhash, lastValidBlockHeight } = await connection.getLatestBlockhash('confirmed')
    const signatures: string[] = []
    for (const { instructions, signers } of bundles) {
      const transaction = new Transaction({ feePayer: signers[0].publicKey, blockhash, lastValidBlockHeight })
      transaction.add(ComputeBudgetProgram.setComputeUnitLimit({ units: UNITS }), ...instructions)
      transaction.sign(...signers)
      signatures.push(base58btc.baseEncode(transaction.signature ?? new Uint8Array()))
      await connection.sendRawTransaction(transaction.serialize(), { skipPreflight: true })
    }
    await confirmed(connection, signatures, lastValidBlockHeight)
    return signatures
  } catch (error) {
    throw chainError(error, rpcUrl)
  }
}

async function confirmed(
  connection: ChainNetwork['connection'],
  signatures: readonly string[],
  lastValidBlockHeight: number,
): Promise<void> {
  let open = [...signatures]
  while (open.length > 0) {
    const asked = open.slice(0, STATUSES_MAX)
    const { value } = await connection.getSignatureStatuses(asked)
    for (const [i, status] of value.entries()) {
      const signature = asked[i] ?? ''
      if (status?.err) throw await refused(connection, signature, status.err)
      if (status?.confirmationStatus === 'confirmed' || status?.confirmationStatus === 'finalized')
        open = open.filter((other) => other !== signature)
    }
    if (open.length === 0) return
    if ((await connection.getBlockHeight('confirmed')) > lastValidBlockHeight) throw new TransactionExpiredError(open)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS))
  }
}

async function refused(
  connection: ChainNetwork['connection'],
  signature: string,
  error: unknown,
): Promise<ProgramRefusedError> {
  const found = await connection.getTransaction(signature, {
    commitment: 'confirmed',
    maxSupportedTransactionVersion: 0,
  })
  const logs = found?.meta?.logMessages ?? []
  return new ProgramRefusedError(refusalOf(logs, JSON.stringify(error)), logs)
}
