/** Addresses of `payment_splitter`'s accounts. */
import { PublicKey } from '@solana/web3.js'
import { utf8 } from '#protocol/wire/hash.ts'
import { PAYMENT_SPLITTER_ID } from './programs.ts'
import { u64Bytes } from './registry-pdas.ts'

export function balanceAddress(network: PublicKey, payee: PublicKey): PublicKey {
  return PublicKey.findProgramAddressSync([utf8('balance'), network.toBytes(), payee.toBytes()], PAYMENT_SPLITTER_ID)[0]
}

/** `account` is the credit account's address, `opened` the epoch in which it was opened. */
export function ledgerAddress(account: PublicKey, opened: bigint): PublicKey {
  return PublicKey.findProgramAddressSync([utf8('ledger'), account.toBytes(), u64Bytes(opened)], PAYMENT_SPLITTER_ID)[0]
}

/** Signs for the splitter when it asks `job_receipt` to move a network's credits. */
export function cashierAddress(network: PublicKey): PublicKey {
  return PublicKey.findProgramAddressSync([utf8('cashier'), network.toBytes()], PAYMENT_SPLITTER_ID)[0]
}
