/** The faucet: a wallet that exists from genesis, whose airdrops are transactions like any other. */
import { createHash } from 'node:crypto'
import { Keypair, PublicKey, SystemProgram, TransactionMessage, VersionedTransaction } from '@solana/web3.js'

/** What the faucet begins with: 9,000,000 SOL, the most that a JSON number holds exactly. */
export const FAUCET_LAMPORTS = 9_000_000_000_000_000n
const MEMO_PROGRAM = new PublicKey('MemoSq4gqABAXKb96qnH8TysNcWxMyWCqXgDLGmfcHr')

/** The faucet's key of the chain with this seed. It is no secret: whoever reads the folder may have the money. */
export function faucetKey(seed: Uint8Array): Keypair {
  return Keypair.fromSeed(createHash('sha256').update('weft-local-chain/faucet').update(seed).digest())
}

/** A signed airdrop. `memo` tells two airdrops of one amount to one account in one slot apart. */
export function airdropTransaction(
  faucet: Keypair,
  { to, lamports, blockhash, memo }: { to: string; lamports: number; blockhash: string; memo: string },
): Uint8Array {
  const transfer = SystemProgram.transfer({ fromPubkey: faucet.publicKey, toPubkey: new PublicKey(to), lamports })
  const note = { programId: MEMO_PROGRAM, keys: [], data: Buffer.from(memo) }
  const message = new TransactionMessage({
    payerKey: faucet.publicKey,
    recentBlockhash: blockhash,
    instructions: [transfer, note],
  })
  const transaction = new VersionedTransaction(message.compileToV0Message())
  transaction.sign([faucet])
  return transaction.serialize()
}
