/** The three programs as Anchor clients over one connection. */
import { Program } from '@coral-xyz/anchor'
import { type Connection, PublicKey } from '@solana/web3.js'
import { type JobReceipt, jobReceiptIdl } from './types/job_receipt.ts'
import { type NodeRegistry, nodeRegistryIdl } from './types/node_registry.ts'
import { type PaymentSplitter, paymentSplitterIdl } from './types/payment_splitter.ts'

export const NODE_REGISTRY_ID = new PublicKey(nodeRegistryIdl.address)
export const JOB_RECEIPT_ID = new PublicKey(jobReceiptIdl.address)
export const PAYMENT_SPLITTER_ID = new PublicKey(paymentSplitterIdl.address)

export interface WeftPrograms {
  readonly registry: Program<NodeRegistry>
  readonly receipt: Program<JobReceipt>
  readonly splitter: Program<PaymentSplitter>
}

/** Clients that read through `connection` and build instructions; they hold no key and send nothing. */
export function weftPrograms(connection: Connection): WeftPrograms {
  const provider = { connection }
  return {
    registry: new Program<NodeRegistry>(nodeRegistryIdl, provider),
    receipt: new Program<JobReceipt>(jobReceiptIdl, provider),
    splitter: new Program<PaymentSplitter>(paymentSplitterIdl, provider),
  }
}
