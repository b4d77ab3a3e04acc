/** Sends what a wallet asked for, and names what is wrong. */
import type { Keypair, TransactionInstruction } from '@solana/web3.js'
import { sendInstructions } from '#programs/client/send.ts'
import { type ChainNetwork, isLoopback } from './cluster.ts'
import { chainError } from './errors.ts'

/**
 * One transaction; resolves to its signature when it is confirmed. CHAIN_REFUSED or CHAIN_UNREACHABLE say what is
 * wrong.
 */
export async function send(
  { connection, rpcUrl }: ChainNetwork,
  instructions: readonly TransactionInstruction[],
  [payer, ...signers]: readonly [Keypair, ...Keypair[]],
): Promise<string> {
  const priorityMicroLamports = isLoopback(rpcUrl) ? 0 : 'recent'
  try {
    return (await sendInstructions(connection, instructions, { payer, signers, priorityMicroLamports })).signature
  } catch (error) {
    throw chainError(error, rpcUrl)
  }
}
