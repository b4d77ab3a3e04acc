/**
 * Sends instructions: simulates first, pays a priority fee, sends again until the blockhash expires, then signs anew. A
 * transaction that may have landed is looked up before it is signed anew, so that nothing happens twice.
 */
import {
  ComputeBudgetProgram,
  type Connection,
  type SignatureStatus,
  type Signer,
  Transaction,
  type TransactionInstruction,
} from '@solana/web3.js'
import { base58btc } from 'multiformats/bases/base58'
import { refusalOf } from './errors.ts'
import { recentPriority } from './priority.ts'
import { type RetryLimits, retryTransient, sleep } from './retry.ts'
import { ProgramRefusedError, TransactionExpiredError } from './send-errors.ts'
import { simulateUnits } from './simulate.ts'

export { ClusterUnreachableError, ProgramRefusedError, TransactionExpiredError } from './send-errors.ts'

export interface SendOptions {
  readonly payer: Signer
  /** Further signers. */
  readonly signers?: readonly Signer[]
  /** When a transaction counts as done. */
  readonly commitment?: 'processed' | 'confirmed' | 'finalized'
  /**
   * Price of a compute unit, micro-lamports; `recent` pays what others paid lately, 1,000,000 at most. 0 adds no fee.
   */
  readonly priorityMicroLamports?: number | 'recent'
  /** Signatures with a fresh blockhash before giving up. */
  readonly attempts?: number
  /** Lowest chain slot that the simulation may start from: that of the last transaction that this one builds on. */
  readonly minSlot?: number
  /** How long the cluster may be silent before giving up, milliseconds; 30,000 unless told. */
  readonly silenceMs?: number
  readonly signal?: AbortSignal
}

export interface Sent {
  readonly signature: string
  /** Chain slot that it landed in: the lowest slot for reads that must see its effects. */
  readonly slot: number
}

type Level = NonNullable<SendOptions['commitment']>

interface Signed {
  readonly raw: Buffer
  readonly signature: string
  readonly lastValidBlockHeight: number
}

interface Landed {
  readonly signature: string
  readonly status: SignatureStatus
}

const RESEND_MS = 500
const SILENCE_MS = 30_000
const UNIT_HEADROOM = 1.2
const UNITS_MIN = 1_000

/**
 * Sends one transaction of `instructions` and waits for it. Throws ProgramRefusedError, TransactionExpiredError,
 * ClusterUnreachableError or the abort's reason.
 */
export async function sendInstructions(
  connection: Connection,
  instructions: readonly TransactionInstruction[],
  options: SendOptions,
): Promise<Sent> {
  const { commitment = 'confirmed', attempts = 3, minSlot, silenceMs = SILENCE_MS, signal } = options
  const signatures: string[] = []
  const retryLimits: RetryLimits = { signatures, silenceMs, signal }
  const simulation = { payer: options.payer.publicKey, commitment, ...(minSlot === undefined ? {} : { minSlot }) }
  const units = await retryTransient(() => simulateUnits(connection, instructions, simulation), retryLimits)
  for (let attempt = 0; attempt < attempts; attempt++) {
    const signed = await retryTransient(() => sign(connection, instructions, units, options), retryLimits)
    signatures.push(signed.signature)
    const landed = await sendUntil(connection, { ...signed, commitment, retryLimits })
    if (landed !== undefined) return finish(connection, landed)
  }
  throw new TransactionExpiredError(signatures)
}

/** Budget first, so that a precompile stays right before the instruction that reads it. */
function withBudget(
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
): Promise<Signed> {
  const { blockhash, lastValidBlockHeight } = await connection.getLatestBlockhash(commitment)
  const transaction = new Transaction({ feePayer: payer.publicKey, blockhash, lastValidBlockHeight })
  const limit = Math.ceil(units * UNIT_HEADROOM) + UNITS_MIN
  const microLamports =
    priorityMicroLamports === 'recent' ? await recentPriority(connection, instructions) : priorityMicroLamports
  transaction.add(...withBudget(instructions, { units: limit, microLamports }))
  transaction.sign(payer, ...signers.filter((signer) => !signer.publicKey.equals(payer.publicKey)))
  const raw = transaction.serialize()
  return { raw, signature: encodeKeyText(transaction.signature), lastValidBlockHeight }
}

/**
 * Sends and sends again until one of the signatures reached `commitment`, or none landed and the last blockhash expired
 * (undefined).
 */
async function sendUntil(
  connection: Connection,
  sending: Signed & { readonly commitment: Level; readonly retryLimits: RetryLimits },
): Promise<Landed | undefined> {
  const { raw, lastValidBlockHeight, commitment, retryLimits } = sending
  // Below `confirmed` a height may be that of a fork: a transaction could still land after it.
  const heightAt = commitment === 'processed' ? 'confirmed' : commitment
  for (;;) {
    await retryTransient(() => connection.sendRawTransaction(raw, { skipPreflight: true, maxRetries: 0 }), retryLimits)
    await sleep(RESEND_MS, retryLimits.signal)
    // The height first: what landed before it was read is seen by the look-up behind it.
    const height = await retryTransient(() => connection.getBlockHeight(heightAt), retryLimits)
    const landed = await retryTransient(() => firstLanded(connection, retryLimits.signatures), retryLimits)
    if (landed !== undefined && reached(landed.status, commitment)) return landed
    if (landed === undefined && height > lastValidBlockHeight) return undefined
  }
}

async function firstLanded(connection: Connection, signatures: readonly string[]): Promise<Landed | undefined> {
  const { value } = await connection.getSignatureStatuses([...signatures], { searchTransactionHistory: true })
  for (const [i, status] of value.entries()) {
    const signature = signatures[i]
    if (status !== null && signature !== undefined) return { signature, status }
  }
  return undefined
}

async function finish(connection: Connection, { signature, status }: Landed): Promise<Sent> {
  if (status.err === null) return { signature, slot: status.slot }
  const transaction = await connection.getTransaction(signature, {
    commitment: 'confirmed',
    maxSupportedTransactionVersion: 0,
  })
  const logs = transaction?.meta?.logMessages ?? []
  throw new ProgramRefusedError(refusalOf(logs, JSON.stringify(status.err)), logs)
}

const LEVELS = ['processed', 'confirmed', 'finalized']

/** A failure counts only once it is as settled as a success would have to be. */
function reached(status: SignatureStatus, commitment: Level): boolean {
  return LEVELS.indexOf(status.confirmationStatus ?? 'processed') >= LEVELS.indexOf(commitment)
}

function encodeKeyText(signature: Buffer | null): string {
  if (signature === null) throw new TypeError('the transaction is not signed')
  return base58btc.baseEncode(signature)
}
