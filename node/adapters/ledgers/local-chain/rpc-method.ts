/** How a JSON-RPC method is defined: a parser for its parameters and what it does with them. */
import { z } from 'zod'
import { dataSliceSchema, encodingSchema, filterSchema } from './accounts.ts'
import { keyBytes } from './base58.ts'
import type { LocalChain } from './chain.ts'
import { invalidParams, RpcError, rpcCodes } from './errors.ts'
import { chainLimits } from './limits.ts'
import type { ChainStore } from './open-chain.ts'
import { type Commitment, commitmentSchema } from './slots.ts'
import { mint } from './tokens.ts'

/** Answers one call. Throws {@link RpcError}. */
export type Method = (store: ChainStore, params: unknown) => unknown

/** A method whose parameters are checked by `schema`. */
export function method<T>(
  schema: z.ZodType<T>,
  run: (chain: LocalChain, params: T, store: ChainStore) => unknown,
): Method {
  return (store, params) => run(store.chain, parseParams(schema, params), store)
}

/** Parses parameters; throws {@link RpcError} -32602 that names the first member that is wrong. */
export function parseParams<T>(schema: z.ZodType<T>, params: unknown): T {
  const result = schema.safeParse(params ?? [])
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw invalidParams(
    `${issue?.message ?? 'malformed'}${issue?.path.length ? ` at params.${issue.path.join('.')}` : ''}`,
  )
}

/** A key in base58. */
export const keySchema = z.string().max(64).refine(isKey, 'WrongSize')
/** A signature in base58. */
export const signatureSchema = z.string().min(64).max(88)

const commitment = commitmentSchema.optional()
const minContextSlot = z.number().int().min(0).nullish()
const encoding = encodingSchema.optional()
const dataSlice = dataSliceSchema.nullish()

/** The optional last parameter of methods that read the state. */
export const contextSchema = z.object({ commitment, minContextSlot }).nullish()
/** The same for methods that return accounts. */
export const accountConfigSchema = z.object({ commitment, minContextSlot, encoding, dataSlice }).nullish()
/** The same for getProgramAccounts and programSubscribe. */
export const programConfigSchema = z
  .object({
    ...{ commitment, minContextSlot, encoding, dataSlice },
    filters: z.array(filterSchema).max(chainLimits.filters).nullish(),
    withContext: z.boolean().nullish(),
  })
  .nullish()

/** The commitment that a call asks for; finalized if it does not say, as on a cluster. Checks the minimum slot. */
export function commitmentOf(
  chain: LocalChain,
  config: { commitment?: Commitment | undefined; minContextSlot?: number | null | undefined } | null | undefined,
): Commitment {
  const level = config?.commitment ?? 'finalized'
  const contextSlot = chain.slots.at(level)
  if ((config?.minContextSlot ?? 0) > contextSlot) {
    throw new RpcError(rpcCodes.minContextSlotNotReached, 'Minimum context slot has not been reached', { contextSlot })
  }
  return level
}

/** What clusters write instead of a version number. */
export const API_VERSION = '2.3.0'

/** `value` with the slot that it is true for. */
export function withContext(chain: LocalChain, level: Commitment, value: unknown) {
  return { context: { slot: chain.slots.at(level), apiVersion: API_VERSION }, value }
}

/** Finds a mint's decimals; 0 if it is gone. */
export function decimalsFinder(chain: LocalChain, level: Commitment): (mintKey: string) => number {
  return (key) => mint(chain.account(key, level))?.decimals ?? 0
}

function isKey(text: string): boolean {
  try {
    return keyBytes(text).length === 32
  } catch {
    return false
  }
}
