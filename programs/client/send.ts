/**
 * Sends instructions: simulates first, pays a priority fee, sends again until the blockhash expires, then signs anew. A
 * transaction that may have landed is looked up before it is signed anew, so that nothing happens twice.
 */
import {
  type Commitment,
  ComputeBudgetProgram,
  type Connection,
  type PublicKey,
  type SignatureStatus,
  type Signer,
  Transaction,
  type TransactionInstruction,
  TransactionMessage,
  VersionedTransaction,
} from '@solana/web3.js'
import { base58btc } from 'multiformats/bases/base58'
import { type Refusal, refusalOf } from './errors.ts'

export interface SendOptions {
  readonly payer: Signer
  /** Further signers. */
  readonly signers?: readonly Signer[]
  /** When a transaction counts as done. */
  readonly commitment?: 'processed' | 'confirmed' | 'finalized'
  /** Price of a compute unit, micro-lamports. 0 adds no fee. */
  readonly priorityMicroLamports?: number
  /** Signatures with a fresh blockhash before giving up. */
  readonly attempts?: number
  readonly signal?: AbortSignal
}

export interface Sent {
  readonly signature: string
  /** Chain slot that it landed in: the lowest slot for reads that must see its effects. */
  readonly slot: number
}

/** A program refused: by simulation nothing was sent and nothing paid; on chain the fee was. */
export class ProgramRefusedError extends Error {
  readonly code = 'PROGRAM_REFUSED'
  readonly refusal: Refusal
  readonly logs: readonly string[]

  constructor(refusal: Refusal, logs: readonly string[]) {
    super(`${refusal.program} refused: ${refusal.message}`)
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

const RESEND_MS = 500
const UNIT_HEADROOM = 1.2
const UNITS_MIN = 1_000
const ANY_BLOCKHASH = '11111111111111111111111111111111'

/** Sends one transaction of `instructions` and waits for it. Throws ProgramRefusedError, TransactionExpiredError or the abort's reason. */
export async function sendInstructions(
  connection: Connection,
  instructions: readonly TransactionInstruction[],
  options: SendOptions,
): Promise<Sent> {
  const { commitment = 'confirmed', attempts = 3, signal } = options
  const units = await simulateUnits(connection, instructions, options.payer.publicKey, commitment)
  const signatures: string[] = []
  for (let attempt = 0; attempt < attempts; attempt++) {
    signal?.throwIfAborted()
    const landed = await firstLanded(connection, signatures)
    if (landed !== undefined) return finish(connection, landed.signature, landed.status)
    const { raw, signature, lastValidBlockHeight } = await sign(connection, instructions, units, options)
    signatures.push(signature)
    const status = await sendUntil(connection, { raw, signature, lastValidBlockHeight, commitment, signal })
    if (status !== undefined) return finish(connection, signature, status)
  }
  const landed = await firstLanded(connection, signatures)
  if (landed !== undefined) return finish(connection, landed.signature, landed.status)
  throw new TransactionExpiredError(signatures)
}

/** Compute units that `instructions` take; throws ProgramRefusedError if they would fail. Signs nothing. */
export async function simulateUnits(
  connection: Connection,
  instructions: readonly TransactionInstruction[],
  payer: PublicKey,
  commitment: Commitment = 'confirmed',
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
  })
  const logs = value.logs ?? []
  if (value.err !== null) throw new ProgramRefusedError(refusalOf(logs, JSON.stringify(value.err)), logs)
  return value.unitsConsumed ?? 0
}

/** Budget first, so that a precompile stays right before the instruction that reads it. */
export function withBudget(
  instructions: readonly TransactionInstruction[],
  { units, microLamports }: { readonly units: number; readonly microLamports: number },
): TransactionInstruction[] {
  const budget = [ComputeBudgetProgram.setComputeUnitLimit({ units })]
  if (microLamports > 0) budget.push(ComputeBudgetProgram.setComputeUnitPrice({ microLamports }))
  return [...budget, ...instructions]
}

async function sign(
  connection: Connection,
  instructions: readonly TransactionInstruction[],
  units: number,
  { payer, signers = [], commitment = 'confirmed', priorityMicroLamports = 0 }: SendOptions,
): Promise<{ raw: Buffer; signature: string; lastValidBlockHeight: number }> {
  const { blockhash, lastValidBlockHeight } = await connection.getLatestBlockhash(commitment)
  const transaction = new Transaction({ feePayer: payer.publicKey, blockhash, lastValidBlockHeight })
  const limit = Math.ceil(units * UNIT_HEADROOM) + UNITS_MIN
  transaction.add(...withBudget(instructions, { units: limit, microLamports: priorityMicroLamports }))
  transaction.sign(payer, ...signers.filter((signer) => !signer.publicKey.equals(payer.publicKey)))
  const raw = transaction.serialize()
  return { raw, signature: encodeKeyText(transaction.signature), lastValidBlockHeight }
}

/** Sends and sends again until `commitment` is reached or the blockhash has expired (undefined). */
async function sendUntil(
  connection: Connection,
  sending: {
    readonly raw: Buffer
    readonly signature: string
    readonly lastValidBlockHeight: number
    readonly commitment: 'processed' | 'confirmed' | 'finalized'
    readonly signal: AbortSignal | undefined
  },
): Promise<SignatureStatus | undefined> {
  const { raw, signature, lastValidBlockHeight, commitment, signal } = sending
  for (;;) {
    await connection.sendRawTransaction(raw, { skipPreflight: true, maxRetries: 0 })
    await sleep(RESEND_MS, signal)
    const { value } = await connection.getSignatureStatuses([signature])
    const status = value[0]
    if (status && reached(status, commitment)) return status
    if ((await connection.getBlockHeight(commitment)) > lastValidBlockHeight) return undefined
  }
}

async function firstLanded(
  connection: Connection,
  signatures: readonly string[],
): Promise<{ signature: string; status: SignatureStatus } | undefined> {
  if (signatures.length === 0) return undefined
  const { value } = await connection.getSignatureStatuses([...signatures], { searchTransactionHistory: true })
  for (const [i, status] of value.entries()) {
    const signature = signatures[i]
    if (status !== null && signature !== undefined) return { signature, status }
  }
  return undefined
}

async function finish(connection: Connection, signature: string, status: SignatureStatus): Promise<Sent> {
  if (status.err === null) return { signature, slot: status.slot }
  const transaction = await connection.getTransaction(signature, {
    commitment: 'confirmed',
    maxSupportedTransactionVersion: 0,
  })
  const logs = transaction?.meta?.logMessages ?? []
  throw new ProgramRefusedError(refusalOf(logs, JSON.stringify(status.err)), logs)
}

const LEVELS = ['processed', 'confirmed', 'finalized']

function reached(status: SignatureStatus, commitment: string): boolean {
  if (status.err !== null) return true
  return LEVELS.indexOf(status.confirmationStatus ?? 'processed') >= LEVELS.indexOf(commitment)
}

function encodeKeyText(signature: Buffer | null): string {
  if (signature === null) throw new TypeError('the transaction is not signed')
  return base58btc.baseEncode(signature)
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
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
