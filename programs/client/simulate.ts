/** Simulation before anything is signed or paid. */
import {
  type Commitment,
  type Connection,
  type PublicKey,
  type TransactionInstruction,
  TransactionMessage,
  VersionedTransaction,
} from '@solana/web3.js'
import { refusalOf } from './errors.ts'
import { ProgramRefusedError } from './send-errors.ts'

const ANY_BLOCKHASH = '11111111111111111111111111111111'

/** Compute units that `instructions` take; throws ProgramRefusedError if they would fail. Signs nothing. */
export async function simulateUnits(
  connection: Connection,
  instructions: readonly TransactionInstruction[],
  {
    payer,
    commitment,
    minSlot,
  }: { readonly payer: PublicKey; readonly commitment: Commitment; readonly minSlot?: number },
): Promise<number> {
  // The node puts a blockhash of its own in: one that expired in between would look like a refusal.
  const message = new TransactionMessage({
    payerKey: payer,
    recentBlockhash: ANY_BLOCKHASH,
    instructions: [...instructions],
  })
  const transaction = new VersionedTransaction(message.compileToLegacyMessage())
  const { value } = await connection.simulateTransaction(transaction, {
    commitment,
    sigVerify: false,
    replaceRecentBlockhash: true,
    ...(minSlot === undefined ? {} : { minContextSlot: minSlot }),
  })
  const logs = value.logs ?? []
  if (value.err !== null) throw new ProgramRefusedError(refusalOf(logs, JSON.stringify(value.err)), logs)
  return value.unitsConsumed ?? 0
}
