/**
 * Instructions of `payment_splitter`. Each returns one instruction to be signed by those that its doc names, and sends
 * nothing.
 */
import { TOKEN_PROGRAM_ID } from '@solana/spl-token'
import { type PublicKey, SystemProgram, type TransactionInstruction } from '@solana/web3.js'
import type { MerkleProof } from '#protocol/wire/merkle.ts'
import { toBN } from './numbers.ts'
import { JOB_RECEIPT_ID, type WeftPrograms } from './programs.ts'
import { creditAccountAddress, vaultAddress } from './receipt-pdas.ts'
import type { AccountKey } from './receipts.ts'
import { balanceAddress, cashierAddress, ledgerAddress } from './splitter-pdas.ts'

/** Payees that one inline claim pays at most; the bytes of a transaction allow a few less. */
export const INLINE_PAYEES_MAX = 16

/** Signed by `payer`, who gets the rent back. */
export function openBalance(
  { splitter }: WeftPrograms,
  { network, payee, payer }: { readonly network: PublicKey; readonly payee: PublicKey; readonly payer: PublicKey },
): Promise<TransactionInstruction> {
  return splitter.methods
    .openBalance(payee)
    .accountsStrict({ payer, network, balance: balanceAddress(network, payee), systemProgram: SystemProgram.programId })
    .instruction()
}

/** An account's ledger: `opened` is the account's field of that name. */
export interface LedgerKey extends AccountKey {
  readonly opened: bigint
}

/** Signed by `payer`, who gets the rent back. Room for `capacity` payees, at most 250. */
export function openLedger(
  { splitter }: WeftPrograms,
  { network, key, opened }: LedgerKey,
  { payer, capacity }: { readonly payer: PublicKey; readonly capacity: number },
): Promise<TransactionInstruction> {
  const account = creditAccountAddress(network, key)
  return splitter.methods
    .openLedger(capacity)
    .accountsStrict({
      payer,
      network,
      account,
      ledger: ledgerAddress(account, opened),
      systemProgram: SystemProgram.programId,
    })
    .instruction()
}

/** Signed by `payer`. At most 250 payees more at a time. */
export function growLedger(
  { splitter }: WeftPrograms,
  { network, key, opened }: LedgerKey,
  { payer, more }: { readonly payer: PublicKey; readonly more: number },
): Promise<TransactionInstruction> {
  const ledger = ledgerAddress(creditAccountAddress(network, key), opened)
  return splitter.methods
    .growLedger(more)
    .accountsStrict({ payer, ledger, systemProgram: SystemProgram.programId })
    .instruction()
}

/** Anybody sends it. `rest` is node(jobs root, meta leaf), the totals root's sibling in the state root. */
export function claim(
  { splitter }: WeftPrograms,
  { network, key, opened }: LedgerKey,
  init: { readonly payee: PublicKey; readonly total: bigint; readonly proof: MerkleProof; readonly rest: Uint8Array },
): Promise<TransactionInstruction> {
  const { payee, total, proof, rest } = init
  const account = creditAccountAddress(network, key)
  const path = proof.path.map((hash) => [...hash])
  return splitter.methods
    .claim(toBN(total), { index: proof.index, size: proof.size, path, rest: [...rest] })
    .accountsStrict({ account, ledger: ledgerAddress(account, opened), balance: balanceAddress(network, payee) })
    .instruction()
}

/** Anybody sends it. `totals` are all of the account's payees; they are put into the tree's order here. */
export function claimInline(
  { splitter }: WeftPrograms,
  { network, key, opened }: LedgerKey,
  {
    totals,
    rest,
  }: { readonly totals: readonly { readonly payee: PublicKey; readonly total: bigint }[]; readonly rest: Uint8Array },
): Promise<TransactionInstruction> {
  const account = creditAccountAddress(network, key)
  const ordered = totals.toSorted((a, b) => Buffer.compare(a.payee.toBytes(), b.payee.toBytes()))
  return splitter.methods
    .claimInline(
      ordered.map(({ total }) => toBN(total)),
      [...rest],
    )
    .accountsStrict({ account, ledger: ledgerAddress(account, opened) })
    .remainingAccounts(
      ordered.map(({ payee }) => ({ pubkey: balanceAddress(network, payee), isSigner: false, isWritable: true })),
    )
    .instruction()
}

/** Anybody sends it. */
export function collectFees(
  { splitter }: WeftPrograms,
  { network, key, opened }: LedgerKey,
  treasury: PublicKey,
): Promise<TransactionInstruction> {
  const ledger = ledgerAddress(creditAccountAddress(network, key), opened)
  return splitter.methods
    .collectFees()
    .accountsStrict({ network, ledger, balance: balanceAddress(network, treasury) })
    .instruction()
}

/** Signed by the payee. `tokens` is the vault's token account. */
export function withdrawBalance(
  { splitter }: WeftPrograms,
  network: PublicKey,
  init: {
    readonly payee: PublicKey
    readonly amount: bigint
    readonly tokens: PublicKey
    readonly destination: PublicKey
  },
): Promise<TransactionInstruction> {
  const { payee, tokens, destination } = init
  return splitter.methods
    .withdrawBalance(toBN(init.amount))
    .accountsStrict({
      payee,
      balance: balanceAddress(network, payee),
      cashier: cashierAddress(network),
      vault: vaultAddress(network),
      tokens,
      destination,
      tokenProgram: TOKEN_PROGRAM_ID,
      jobReceipt: JOB_RECEIPT_ID,
    })
    .instruction()
}

/** Signed by the payee: earnings become credits of the account with `key`. */
export function fundAccount(
  { splitter }: WeftPrograms,
  { network, key }: AccountKey,
  { payee, amount }: { readonly payee: PublicKey; readonly amount: bigint },
): Promise<TransactionInstruction> {
  return splitter.methods
    .fundAccount(toBN(amount))
    .accountsStrict({
      payee,
      balance: balanceAddress(network, payee),
      cashier: cashierAddress(network),
      account: creditAccountAddress(network, key),
      jobReceipt: JOB_RECEIPT_ID,
    })
    .instruction()
}

/** Signed by the payee; the rent goes to `payer`, who paid it. */
export function closeBalance(
  { splitter }: WeftPrograms,
  { network, payee, payer }: { readonly network: PublicKey; readonly payee: PublicKey; readonly payer: PublicKey },
): Promise<TransactionInstruction> {
  return splitter.methods
    .closeBalance()
    .accountsStrict({ payee, payer, balance: balanceAddress(network, payee) })
    .instruction()
}

/** Anybody sends it once the account is closed; the rent goes to `payer`, who paid it. */
export function closeLedger(
  { splitter }: WeftPrograms,
  { network, key, opened }: LedgerKey,
  payer: PublicKey,
): Promise<TransactionInstruction> {
  const account = creditAccountAddress(network, key)
  return splitter.methods
    .closeLedger()
    .accountsStrict({ payer, account, ledger: ledgerAddress(account, opened) })
    .instruction()
}
