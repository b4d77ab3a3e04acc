/**
 * Instructions of `job_receipt`. Each returns one instruction to be signed by those that its doc names, and sends
 * nothing.
 */
import { TOKEN_PROGRAM_ID } from '@solana/spl-token'
import { type PublicKey, SYSVAR_INSTRUCTIONS_PUBKEY, SystemProgram, type TransactionInstruction } from '@solana/web3.js'
import { concat, utf8 } from '#protocol/wire/hash.ts'
import type { MerkleProof } from '#protocol/wire/merkle.ts'
import { type Signature, verifyShared } from './ed25519.ts'
import { toBN } from './numbers.ts'
import type { WeftPrograms } from './programs.ts'
import { creditAccountAddress, jobAccountKey, vaultAddress } from './receipt-pdas.ts'
import { committeeAddress, u64Bytes } from './registry-pdas.ts'
import { ledgerAddress } from './splitter-pdas.ts'

/** Signed by `payer`. `tokens` is an empty token account of the network's mint whose owner is the vault's address. */
export function initVault(
  { receipt }: WeftPrograms,
  { network, payer, tokens }: { readonly network: PublicKey; readonly payer: PublicKey; readonly tokens: PublicKey },
): Promise<TransactionInstruction> {
  return receipt.methods
    .initVault()
    .accountsStrict({ payer, network, vault: vaultAddress(network), tokens, systemProgram: SystemProgram.programId })
    .instruction()
}

/** Signed by the owner. */
export function openAccount(
  { receipt }: WeftPrograms,
  network: PublicKey,
  owner: PublicKey,
): Promise<TransactionInstruction> {
  return receipt.methods
    .openAccount()
    .accountsStrict({
      owner,
      network,
      account: creditAccountAddress(network, owner),
      systemProgram: SystemProgram.programId,
    })
    .instruction()
}

/** A credit account by the key that its headers carry. */
export interface AccountKey {
  readonly network: PublicKey
  readonly key: PublicKey
}

/** Signed by `payer`, whose tokens `source` holds. `tokens` is the vault's token account. */
export function deposit(
  { receipt }: WeftPrograms,
  { network, key }: AccountKey,
  init: { readonly payer: PublicKey; readonly source: PublicKey; readonly tokens: PublicKey; readonly amount: bigint },
): Promise<TransactionInstruction> {
  const { payer, source, tokens } = init
  return receipt.methods
    .deposit(toBN(init.amount))
    .accountsStrict({
      payer,
      account: creditAccountAddress(network, key),
      vault: vaultAddress(network),
      source,
      tokens,
      tokenProgram: TOKEN_PROGRAM_ID,
    })
    .instruction()
}

/** Signed by the owner. */
export function authorise(
  { receipt }: WeftPrograms,
  { network, key }: AccountKey,
  { owner, limit }: { readonly owner: PublicKey; readonly limit: bigint },
): Promise<TransactionInstruction> {
  return receipt.methods
    .authorise(toBN(limit))
    .accountsStrict({ owner, account: creditAccountAddress(network, key) })
    .instruction()
}

/**
 * The 80 bytes that an owner signs to raise its limit without sending a transaction: tag ‖ domain ‖ account ‖ limit.
 */
export function authorisationBytes(domain: Uint8Array, key: PublicKey, limit: bigint): Uint8Array {
  return concat(utf8('weft-aut'), domain, key.toBytes(), u64Bytes(limit))
}

/** Anybody sends both: the precompile's check of the owner's signature, and what uses it. */
export async function authoriseSigned(
  { receipt }: WeftPrograms,
  { network, key }: AccountKey,
  { message, signature }: { readonly message: Uint8Array; readonly signature: Signature },
): Promise<TransactionInstruction[]> {
  const use = await receipt.methods
    .authoriseSigned()
    .accountsStrict({ network, account: creditAccountAddress(network, key), instructions: SYSVAR_INSTRUCTIONS_PUBKEY })
    .instruction()
  return [verifyShared([signature], message), use]
}

/** Anybody sends both: the precompile's check of the certificate, and the settlement. `epoch` is the header's. */
export async function settle(
  { receipt }: WeftPrograms,
  { network, key }: AccountKey,
  certificate: { readonly header: Uint8Array; readonly epoch: bigint; readonly signatures: readonly Signature[] },
): Promise<TransactionInstruction[]> {
  const use = await receipt.methods
    .settle()
    .accountsStrict({
      network,
      committee: committeeAddress(network, key, certificate.epoch),
      account: creditAccountAddress(network, key),
      instructions: SYSVAR_INSTRUCTIONS_PUBKEY,
    })
    .instruction()
  return [verifyShared(certificate.signatures, certificate.header), use]
}

/** Signed by the owner. */
export function requestWithdrawal(
  { receipt }: WeftPrograms,
  { network, key }: AccountKey,
  { owner, amount }: { readonly owner: PublicKey; readonly amount: bigint },
): Promise<TransactionInstruction> {
  return receipt.methods
    .requestWithdrawal(toBN(amount))
    .accountsStrict({ owner, account: creditAccountAddress(network, key) })
    .instruction()
}

/** Signed by the owner. */
export function withdraw(
  { receipt }: WeftPrograms,
  { network, key }: AccountKey,
  init: { readonly owner: PublicKey; readonly tokens: PublicKey; readonly destination: PublicKey },
): Promise<TransactionInstruction> {
  const { owner, tokens, destination } = init
  return receipt.methods
    .withdraw()
    .accountsStrict({
      owner,
      network,
      account: creditAccountAddress(network, key),
      vault: vaultAddress(network),
      tokens,
      destination,
      tokenProgram: TOKEN_PROGRAM_ID,
    })
    .instruction()
}

/** Signed by the owner of `key`; the requested withdrawal goes to the account of `to` instead of out. */
export function transfer(
  { receipt }: WeftPrograms,
  { network, key }: AccountKey,
  { owner, to }: { readonly owner: PublicKey; readonly to: PublicKey },
): Promise<TransactionInstruction> {
  return receipt.methods
    .transfer()
    .accountsStrict({ owner, network, from: creditAccountAddress(network, key), to: creditAccountAddress(network, to) })
    .instruction()
}

/** Anybody sends it, once the network has left the account's epoch. */
export function requestForceEpoch(
  { receipt }: WeftPrograms,
  { network, key }: AccountKey,
): Promise<TransactionInstruction> {
  return receipt.methods
    .requestForceEpoch()
    .accountsStrict({ network, account: creditAccountAddress(network, key) })
    .instruction()
}

/** Anybody sends it, once the delay after the request is over. */
export function forceEpoch({ receipt }: WeftPrograms, { network, key }: AccountKey): Promise<TransactionInstruction> {
  return receipt.methods
    .forceEpoch()
    .accountsStrict({ network, account: creditAccountAddress(network, key) })
    .instruction()
}

/**
 * Signed by the owner. `job` is 32 bytes; `deadline` Unix seconds; `domain` the network's. Its key is {@link
 * jobAccountKey}.
 */
export function createJob(
  { receipt }: WeftPrograms,
  network: PublicKey,
  init: {
    readonly domain: Uint8Array
    readonly owner: PublicKey
    readonly job: Uint8Array
    readonly amount: bigint
    readonly deadline: bigint
    readonly source: PublicKey
    readonly tokens: PublicKey
  },
): Promise<TransactionInstruction> {
  const { domain, owner, job, source, tokens } = init
  const key = jobAccountKey(domain, owner, job)
  return receipt.methods
    .createJob([...key.toBytes()], [...job], toBN(init.amount), toBN(init.deadline))
    .accountsStrict({
      owner,
      network,
      account: creditAccountAddress(network, key),
      vault: vaultAddress(network),
      source,
      tokens,
      tokenProgram: TOKEN_PROGRAM_ID,
      systemProgram: SystemProgram.programId,
    })
    .instruction()
}

/** Signed by the owner, or after the deadline by anybody; starts the wait for {@link refundJob}. */
export function cancelJob(
  { receipt }: WeftPrograms,
  { network, key }: AccountKey,
  signer: PublicKey,
): Promise<TransactionInstruction> {
  return receipt.methods
    .cancelJob()
    .accountsStrict({ signer, account: creditAccountAddress(network, key) })
    .instruction()
}

/** Anybody sends it once the wait after {@link cancelJob} is over; `destination` is a token account of the owner. */
export function refundJob(
  { receipt }: WeftPrograms,
  { network, key }: AccountKey,
  { tokens, destination }: { readonly tokens: PublicKey; readonly destination: PublicKey },
): Promise<TransactionInstruction> {
  return receipt.methods
    .refundJob()
    .accountsStrict({
      network,
      account: creditAccountAddress(network, key),
      vault: vaultAddress(network),
      tokens,
      destination,
      tokenProgram: TOKEN_PROGRAM_ID,
    })
    .instruction()
}

/** Anybody sends it. `record` is the canonical job record; `proof` its place under the jobs root. */
export function completeJob(
  { receipt }: WeftPrograms,
  { network, key }: AccountKey,
  init: {
    readonly record: Uint8Array
    readonly proof: MerkleProof
    readonly metaLeaf: Uint8Array
    readonly totalsRoot: Uint8Array
  },
): Promise<TransactionInstruction> {
  const { record, proof, metaLeaf, totalsRoot } = init
  return receipt.methods
    .completeJob(Buffer.from(record), {
      index: proof.index,
      size: proof.size,
      path: proof.path.map((hash) => [...hash]),
      metaLeaf: [...metaLeaf],
      totalsRoot: [...totalsRoot],
    })
    .accountsStrict({ account: creditAccountAddress(network, key) })
    .instruction()
}

/** Signed by the owner. `opened` is the account's field of that name. */
export function closeAccount(
  { receipt }: WeftPrograms,
  { network, key }: AccountKey,
  { owner, opened }: { readonly owner: PublicKey; readonly opened: bigint },
): Promise<TransactionInstruction> {
  const account = creditAccountAddress(network, key)
  return receipt.methods
    .closeAccount()
    .accountsStrict({ owner, account, ledger: ledgerAddress(account, opened) })
    .instruction()
}
