/** Methods that send, simulate and look up transactions. */
import { z } from 'zod'
import { accountJson } from './accounts.ts'
import { fromBase58 } from './base58.ts'
import type { LocalChain } from './chain.ts'
import { invalidParams, RpcError, rpcCodes } from './errors.ts'
import type { HistoryEntry } from './history.ts'
import { chainLimits } from './limits.ts'
import {
  commitmentOf,
  decimalsFinder,
  keySchema,
  type Method,
  method,
  signatureSchema,
  withContext,
} from './rpc-method.ts'
import { type Commitment, commitmentSchema } from './slots.ts'
import { readTransaction } from './transaction.ts'
import { transactionEncodingSchema, transactionJson } from './transaction-json.ts'

const wireEncoding = z.enum(['base58', 'base64']).optional()
const wireText = z.string().max(2_048)
const commitment = commitmentSchema.optional()
const minContextSlot = z.number().int().min(0).nullish()

const sendConfig = z
  .object({
    encoding: wireEncoding,
    skipPreflight: z.boolean().nullish(),
    preflightCommitment: commitment,
    minContextSlot,
  })
  .nullish()
const simulateConfig = z
  .object({
    ...{ encoding: wireEncoding, commitment, minContextSlot },
    sigVerify: z.boolean().nullish(),
    replaceRecentBlockhash: z.boolean().nullish(),
    innerInstructions: z.boolean().nullish(),
    accounts: z
      .object({
        encoding: z.enum(['base64', 'base58', 'jsonParsed', 'base64+zstd']).optional(),
        addresses: z.array(keySchema).max(64),
      })
      .nullish(),
  })
  .nullish()
const lookupConfig = z
  .union([
    transactionEncodingSchema,
    z.object({
      encoding: transactionEncodingSchema.optional(),
      commitment,
      maxSupportedTransactionVersion: z.number().int().nullish(),
    }),
  ])
  .nullish()
const pageConfig = z
  .object({
    ...{ commitment, minContextSlot },
    before: signatureSchema.nullish(),
    until: signatureSchema.nullish(),
    limit: z.number().int().min(1).max(chainLimits.signatureRows).nullish(),
  })
  .nullish()

export const transactionMethods: Readonly<Record<string, Method>> = {
  sendTransaction: method(z.tuple([wireText, sendConfig.optional()]), (chain, [text, config]) =>
    chain.send(wireBytes(text, config?.encoding), { skipPreflight: config?.skipPreflight === true }),
  ),
  requestAirdrop: method(
    z.tuple([keySchema, z.number().int().min(1).max(chainLimits.airdropLamports)]).rest(z.unknown()),
    (chain, [to, lamports]) => chain.airdrop(to, lamports),
  ),
  simulateTransaction: method(z.tuple([wireText, simulateConfig.optional()]), (chain, [text, config]) =>
    simulate(chain, wireBytes(text, config?.encoding), config ?? {}),
  ),
  getSignatureStatuses: method(
    z.tuple([z.array(signatureSchema).max(chainLimits.signaturesPerRequest)]).rest(z.unknown()),
    (chain, [signatures]) =>
      withContext(
        chain,
        'processed',
        signatures.map((id) => statusJson(chain, chain.history.get(id))),
      ),
  ),
  getTransaction: method(z.tuple([signatureSchema, lookupConfig.optional()]), (chain, [id, config]) => {
    const format = typeof config === 'string' ? { encoding: config } : (config ?? {})
    const level = 'commitment' in format ? format.commitment : undefined
    const entry = chain.history.get(id)
    return entry === undefined || entry.slot > chain.slots.at(level ?? 'finalized')
      ? null
      : transactionJson(entry, format)
  }),
  getSignaturesForAddress: method(z.tuple([keySchema, pageConfig.optional()]), (chain, [key, config]) => {
    const slot = chain.slots.at(commitmentOf(chain, config))
    const entries = chain.history.of(key).filter((entry) => entry.slot <= slot)
    return page(entries, config ?? {}).map((entry) => ({
      signature: entry.id,
      slot: entry.slot,
      err: entry.err,
      memo: null,
      blockTime: entry.blockTime,
      confirmationStatus: statusOf(chain, entry),
    }))
  }),
}

/** How well a transaction is settled. */
export function statusOf(chain: LocalChain, entry: HistoryEntry): Commitment {
  if (entry.slot <= chain.slots.at('finalized')) return 'finalized'
  return entry.slot <= chain.slots.at('confirmed') ? 'confirmed' : 'processed'
}

function statusJson(chain: LocalChain, entry: HistoryEntry | undefined) {
  if (entry === undefined) return null
  const confirmationStatus = statusOf(chain, entry)
  return {
    slot: entry.slot,
    confirmations: confirmationStatus === 'finalized' ? null : chain.slots.current.slot - entry.slot,
    err: entry.err,
    status: entry.err === null ? { Ok: null } : { Err: entry.err },
    confirmationStatus,
  }
}

/** Newest first, from after `before` to before `until`. */
function page(
  entries: readonly HistoryEntry[],
  { before, until, limit }: NonNullable<z.infer<typeof pageConfig>>,
): HistoryEntry[] {
  const end = before ? entries.findIndex((entry) => entry.id === before) : entries.length
  const start = until ? entries.findIndex((entry) => entry.id === until) + 1 : 0
  return end < 0
    ? []
    : entries
        .slice(start, Math.max(start, end))
        .slice(-(limit ?? chainLimits.signatureRows))
        .reverse()
}

function simulate(chain: LocalChain, raw: Uint8Array, config: NonNullable<z.infer<typeof simulateConfig>>) {
  const level = commitmentOf(chain, config)
  const sigVerify = config.sigVerify === true
  const replace = config.replaceRecentBlockhash === true
  if (sigVerify && replace) throw invalidParams('sigVerify may not be used with replaceRecentBlockhash')
  const { message } = readTransaction(raw)
  // The VM checks no blockhash, so replacing it means not checking it here.
  if (!replace && !chain.slots.isUsable(message.recentBlockhash)) return withContext(chain, level, BLOCKHASH_NOT_FOUND)
  const result = chain.vm.simulate(raw, { sigVerify })
  if (result.err === 'SignatureFailure')
    throw new RpcError(rpcCodes.signatureVerification, 'Transaction signature verification failure')
  const { err, logs, unitsConsumed, returnData, innerInstructions } = result
  const decimals = decimalsFinder(chain, 'processed')
  const accounts = config.accounts?.addresses.map((key) =>
    accountJson(
      result.accounts.get(key) ?? chain.account(key, 'processed'),
      { encoding: config.accounts?.encoding },
      decimals,
    ),
  )
  const { hash, height } = chain.slots.current
  return withContext(chain, level, {
    ...{ err, logs, unitsConsumed, returnData },
    accounts: err === null ? (accounts ?? null) : null,
    ...(config.innerInstructions === true ? { innerInstructions } : {}),
    ...(replace
      ? { replacementBlockhash: { blockhash: hash, lastValidBlockHeight: height + chainLimits.blockhashWindow } }
      : {}),
  })
}

const BLOCKHASH_NOT_FOUND = { err: 'BlockhashNotFound', logs: [], unitsConsumed: 0, returnData: null, accounts: null }

function wireBytes(text: string, encoding: 'base58' | 'base64' | undefined): Uint8Array {
  return encoding === 'base64' ? Buffer.from(text, 'base64') : fromBase58(text)
}
