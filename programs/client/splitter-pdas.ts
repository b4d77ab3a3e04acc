/** Addresses of `payment_splitter`'s accounts. */
import type { PublicKey } from '@solana/web3.js'
import { derive } from './derive.ts'
import { PAYMENT_SPLITTER_ID } from './programs.ts'
import { u64Bytes } from './registry-pdas.ts'

export function balanceAddress(network: PublicKey, payee: PublicKey): PublicKey {
  return derive(PAYMENT_SPLITTER_ID, ['balance', network.toBytes(), payee.toBytes()])
}

/** `account` is the credit account's address, `opened` the epoch in which it was opened. */
export function ledgerAddress(account: PublicKey, opened: bigint): PublicKey {
  return derive(PAYMENT_SPLITTER_ID, ['ledger', account.toBytes(), u64Bytes(opened)])
}

/** Signs for the splitter when it asks `job_receipt` to move a network's credits. */
export function cashierAddress(network: PublicKey): PublicKey {
  return derive(PAYMENT_SPLITTER_ID, ['cashier', network.toBytes()])
}
