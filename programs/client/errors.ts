/** Errors of the programs by name. */
import { TOKEN_PROGRAM_ID } from '@solana/spl-token'
import { SystemProgram } from '@solana/web3.js'
import { JOB_RECEIPT_ID, NODE_REGISTRY_ID, PAYMENT_SPLITTER_ID } from './programs.ts'
import { type JobReceipt, jobReceiptIdl } from './types/job_receipt.ts'
import { type NodeRegistry, nodeRegistryIdl } from './types/node_registry.ts'
import { type PaymentSplitter, paymentSplitterIdl } from './types/payment_splitter.ts'

export type RegistryErrorName = NodeRegistry['errors'][number]['name']
export type ReceiptErrorName = JobReceipt['errors'][number]['name']
export type SplitterErrorName = PaymentSplitter['errors'][number]['name']

/** Why a program refused: one of its own named errors, or the name of the runtime's or the framework's. */
export type Refusal =
  | { readonly program: 'node_registry'; readonly name: RegistryErrorName; readonly message: string }
  | { readonly program: 'job_receipt'; readonly name: ReceiptErrorName; readonly message: string }
  | { readonly program: 'payment_splitter'; readonly name: SplitterErrorName; readonly message: string }
  | { readonly program: 'other'; readonly name: string; readonly message: string }

/** Codes that Anchor's constraints use in every program. */
const FRAMEWORK_ERRORS: ReadonlyMap<number, string> = new Map([
  [2000, 'constraintMut'],
  [2001, 'constraintHasOne'],
  [2003, 'constraintRaw'],
  [2005, 'constraintRentExempt'],
  [2007, 'constraintExecutable'],
  [2011, 'constraintClose'],
  [2012, 'constraintAddress'],
  [2013, 'constraintZero'],
  [2019, 'constraintSpace'],
  [2040, 'constraintDuplicateMutableAccount'],
])

/** Errors of the programs that ours call: which one it was is in the log, what it means is not. */
const CALLED_ERRORS: Readonly<Record<string, readonly string[]>> = {
  [SystemProgram.programId.toBase58()]: ['accountAlreadyInUse', 'notEnoughLamports'],
  [TOKEN_PROGRAM_ID.toBase58()]: [
    'notRentExempt',
    'insufficientTokens',
    'invalidMint',
    'mintMismatch',
    'tokenOwnerMismatch',
  ],
}

/** The refusal behind a failed transaction's logs: what the innermost program that failed said. */
export function refusalOf(logs: readonly string[], fallback: string): Refusal {
  for (const line of logs) {
    const custom = /^Program (\w+) failed: custom program error: 0x([0-9a-f]+)$/.exec(line)
    if (custom !== null) return customRefusal(custom[1] ?? '', Number.parseInt(custom[2] ?? '0', 16))
    const builtin = /^Program \w+ failed: (.+)$/.exec(line)
    if (builtin !== null) return { program: 'other', name: builtin[1] ?? fallback, message: line }
  }
  return { program: 'other', name: fallback, message: fallback }
}

function customRefusal(programId: string, code: number): Refusal {
  if (programId === NODE_REGISTRY_ID.toBase58()) {
    const error = nodeRegistryIdl.errors.find((candidate) => candidate.code === code)
    if (error !== undefined) return { program: 'node_registry', name: error.name, message: error.msg }
  }
  if (programId === JOB_RECEIPT_ID.toBase58()) {
    const error = jobReceiptIdl.errors.find((candidate) => candidate.code === code)
    if (error !== undefined) return { program: 'job_receipt', name: error.name, message: error.msg }
  }
  if (programId === PAYMENT_SPLITTER_ID.toBase58()) {
    const error = paymentSplitterIdl.errors.find((candidate) => candidate.code === code)
    if (error !== undefined) return { program: 'payment_splitter', name: error.name, message: error.msg }
  }
  const name = CALLED_ERRORS[programId]?.[code] ?? FRAMEWORK_ERRORS.get(code) ?? `custom:${code}`
  return { program: 'other', name, message: `program ${programId} failed with ${name}` }
}
