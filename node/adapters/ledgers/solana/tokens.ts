/** The network's token: its mint, and who has how much of it. */
import {
  AccountLayout,
  createAssociatedTokenAccountIdempotentInstruction,
  createInitializeMint2Instruction,
  createMintToInstruction,
  getAssociatedTokenAddressSync,
  MINT_SIZE,
  TOKEN_PROGRAM_ID,
} from '@solana/spl-token'
import { type PublicKey, SystemProgram, type TransactionInstruction } from '@solana/web3.js'

/** Credits have six decimals on chain as everywhere: a base unit is a micro-credit. */
const DECIMALS = 6
/** Rent of a mint, lamports: (128 + 82) x 6,960. */
const MINT_LAMPORTS = (128 + MINT_SIZE) * 6_960

export function tokensOf(mint: PublicKey, owner: PublicKey): PublicKey {
  return getAssociatedTokenAddressSync(mint, owner, true)
}

/** Signed by `payer` and the mint's key. */
export function createMint(payer: PublicKey, mint: PublicKey): TransactionInstruction[] {
  return [
    SystemProgram.createAccount({
      fromPubkey: payer,
      newAccountPubkey: mint,
      space: MINT_SIZE,
      lamports: MINT_LAMPORTS,
      programId: TOKEN_PROGRAM_ID,
    }),
    createInitializeMint2Instruction(mint, DECIMALS, payer, null),
  ]
}

/** Signed by `payer`; nothing if the account is there. */
export function openTokens(payer: PublicKey, mint: PublicKey, owner: PublicKey): TransactionInstruction {
  return createAssociatedTokenAccountIdempotentInstruction(payer, tokensOf(mint, owner), owner, mint)
}

/** Signed by the mint's authority, who pays. */
export function mintTo(
  authority: PublicKey,
  { mint, owner, amount }: { readonly mint: PublicKey; readonly owner: PublicKey; readonly amount: bigint },
): TransactionInstruction[] {
  return [openTokens(authority, mint, owner), createMintToInstruction(mint, tokensOf(mint, owner), authority, amount)]
}

/** Base units in a token account's bytes; 0 if there is none. */
export function amountIn(data: Uint8Array | undefined): bigint {
  return data === undefined || data.length < AccountLayout.span ? 0n : AccountLayout.decode(data).amount
}
