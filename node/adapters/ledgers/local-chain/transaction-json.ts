/** Transactions of the history as the RPC prints them. */
import { z } from 'zod'
import { toBase58 } from './base58.ts'
import { RpcError, rpcCodes } from './errors.ts'
import type { HistoryEntry } from './history.ts'
import { decodeRecord } from './records.ts'
import { isStaticWritable, type Message, readTransaction, type Transaction } from './transaction.ts'

export const transactionEncodingSchema = z.enum(['json', 'jsonParsed', 'base58', 'base64'])

/** How a client wants a transaction. */
export interface TransactionFormat {
  readonly encoding?: z.infer<typeof transactionEncodingSchema> | undefined
  readonly maxSupportedTransactionVersion?: number | null | undefined
}

/**
 * A transaction with its metadata; throws {@link RpcError} -32015 if it is of a version that the client does not take.
 */
export function transactionJson(entry: HistoryEntry, format: TransactionFormat) {
  const record = decodeRecord(entry.record)
  if (record.type !== 'transaction') throw new Error('broken invariant: the history holds transactions')
  const { slot, blockTime, meta } = record.head
  const transaction = readTransaction(record.raw)
  const { version } = transaction.message
  if (version !== 'legacy' && (format.maxSupportedTransactionVersion ?? -1) < version) {
    // In the words of Solana's own nodes: clients look for them.
    const message = [
      `Transaction version (${version}) is not supported by the requesting client.`,
      'Please try the request again with the following configuration parameter:',
      `"maxSupportedTransactionVersion": ${version}`,
    ].join(' ')
    throw new RpcError(rpcCodes.unsupportedTransactionVersion, message)
  }
  const { returnData, ...rest } = meta
  return {
    slot,
    blockTime,
    version,
    meta: {
      ...rest,
      status: meta.err === null ? { Ok: null } : { Err: meta.err },
      rewards: [],
      ...(returnData === null ? {} : { returnData }),
    },
    transaction: encoded(transaction, record.head.meta.loadedAddresses, format.encoding ?? 'json'),
  }
}

type Loaded = { readonly writable: readonly string[]; readonly readonly: readonly string[] }

function encoded(
  transaction: Transaction,
  loaded: Loaded,
  encoding: NonNullable<TransactionFormat['encoding']>,
): unknown {
  switch (encoding) {
    case 'base64':
      return [Buffer.from(transaction.raw).toString('base64'), encoding]
    case 'base58':
      return [toBase58(transaction.raw), encoding]
    case 'json':
      return { signatures: transaction.signatures.map(toBase58), message: messageJson(transaction.message) }
    case 'jsonParsed':
      return {
        signatures: transaction.signatures.map(toBase58),
        message: parsedMessageJson(transaction.message, loaded),
      }
    default:
      return encoding satisfies never
  }
}

function messageJson(message: Message) {
  return {
    accountKeys: message.staticKeys,
    header: {
      numRequiredSignatures: message.requiredSignatures,
      numReadonlySignedAccounts: message.readonlySigned,
      numReadonlyUnsignedAccounts: message.readonlyUnsigned,
    },
    recentBlockhash: message.recentBlockhash,
    instructions: message.instructions.map(({ programIdIndex, accounts, data }) => ({
      programIdIndex,
      accounts,
      data: toBase58(data),
      stackHeight: null,
    })),
    ...(message.version === 0 ? { addressTableLookups: message.lookups } : {}),
  }
}

/** Instructions stay unparsed, as a cluster leaves those of programs that it does not know. */
function parsedMessageJson(message: Message, loaded: Loaded) {
  const keys = [
    ...message.staticKeys.map((pubkey, index) => ({
      pubkey,
      signer: index < message.requiredSignatures,
      writable: isStaticWritable(message, index),
      source: 'transaction',
    })),
    ...loaded.writable.map((pubkey) => ({ pubkey, signer: false, writable: true, source: 'lookupTable' })),
    ...loaded.readonly.map((pubkey) => ({ pubkey, signer: false, writable: false, source: 'lookupTable' })),
  ]
  return {
    accountKeys: keys,
    recentBlockhash: message.recentBlockhash,
    instructions: message.instructions.map(({ programIdIndex, accounts, data }) => ({
      programId: keys[programIdIndex]?.pubkey ?? '',
      accounts: accounts.map((index) => keys[index]?.pubkey ?? ''),
      data: toBase58(data),
      stackHeight: null,
    })),
    ...(message.version === 0 ? { addressTableLookups: message.lookups } : {}),
  }
}
