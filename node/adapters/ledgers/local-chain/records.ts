/** What the log holds, and its bytes: a type byte and then a JSON head, for transactions followed by the raw bytes. */
import { z } from 'zod'
import type { TransactionErrorJson } from './transaction-error.ts'

const tokenAmountSchema = z.object({
  amount: z.string(),
  decimals: z.number(),
  uiAmount: z.number().nullable(),
  uiAmountString: z.string(),
})
const tokenBalanceSchema = z.object({
  accountIndex: z.number(),
  mint: z.string(),
  owner: z.string(),
  programId: z.string(),
  uiTokenAmount: tokenAmountSchema,
})
const errorSchema = z.union([z.string(), z.record(z.string(), z.unknown())]).nullable()

const transactionHeadSchema = z.object({
  slot: z.number().int(),
  blockTime: z.number().int(),
  id: z.string(),
  keys: z.array(z.string()),
  meta: z.object({
    err: errorSchema,
    fee: z.number(),
    computeUnitsConsumed: z.number(),
    preBalances: z.array(z.number()),
    postBalances: z.array(z.number()),
    preTokenBalances: z.array(tokenBalanceSchema),
    postTokenBalances: z.array(tokenBalanceSchema),
    innerInstructions: z.array(z.unknown()),
    logMessages: z.array(z.string()),
    loadedAddresses: z.object({ writable: z.array(z.string()), readonly: z.array(z.string()) }),
    returnData: z.unknown(),
  }),
})

/** A token amount as the RPC prints it. */
export type TokenAmount = z.infer<typeof tokenAmountSchema>
/** A token account's balance before or after a transaction. */
export type TokenBalance = z.infer<typeof tokenBalanceSchema>
/** Everything that is known of an executed transaction except its bytes. */
export type TransactionHead = z.infer<typeof transactionHeadSchema> & {
  readonly meta: { readonly err: TransactionErrorJson | null }
}

/**
 * One record of the log. A rollback forgets the transactions after `slot`; the snapshot beside it already holds the
 * accounts.
 */
export type LogRecord =
  | { readonly type: 'slot'; readonly slot: number; readonly unixSeconds: number }
  | { readonly type: 'transaction'; readonly head: TransactionHead; readonly raw: Uint8Array }
  | { readonly type: 'rollback'; readonly slot: number }

const SLOT = 1
const TRANSACTION = 2
const ROLLBACK = 3

/** The bytes of a record, without framing. */
export function encodeRecord(record: LogRecord): Buffer {
  switch (record.type) {
    case 'slot': {
      const out = Buffer.alloc(17)
      out.writeUInt8(SLOT)
      out.writeBigUInt64LE(BigInt(record.slot), 1)
      out.writeBigInt64LE(BigInt(record.unixSeconds), 9)
      return out
    }
    case 'transaction': {
      const head = Buffer.from(JSON.stringify(record.head))
      const prefix = Buffer.alloc(5)
      prefix.writeUInt8(TRANSACTION)
      prefix.writeUInt32LE(head.length, 1)
      return Buffer.concat([prefix, head, record.raw])
    }
    case 'rollback': {
      const out = Buffer.alloc(9)
      out.writeUInt8(ROLLBACK)
      out.writeBigUInt64LE(BigInt(record.slot), 1)
      return out
    }
    default:
      return record satisfies never
  }
}

/** Reads a record's bytes; throws on a record of another version. */
export function decodeRecord(bytes: Buffer): LogRecord {
  const type = bytes.readUInt8()
  switch (type) {
    case SLOT:
      return { type: 'slot', slot: Number(bytes.readBigUInt64LE(1)), unixSeconds: Number(bytes.readBigInt64LE(9)) }
    case TRANSACTION: {
      const end = 5 + bytes.readUInt32LE(1)
      const head: unknown = JSON.parse(bytes.toString('utf8', 5, end))
      return { type: 'transaction', head: transactionHeadSchema.parse(head), raw: bytes.subarray(end) }
    }
    case ROLLBACK:
      return { type: 'rollback', slot: Number(bytes.readBigUInt64LE(1)) }
    default:
      throw new Error(`unknown log record ${String(type)}`)
  }
}
