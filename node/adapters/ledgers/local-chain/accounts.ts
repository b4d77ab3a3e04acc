/** Accounts as the RPC prints them, and the filters of getProgramAccounts. */
import { z } from 'zod'
import { fromBase58, toBase58 } from './base58.ts'
import { invalidParams } from './errors.ts'
import { mint, tokenAccount, tokenAmount } from './tokens.ts'
import type { AccountState } from './vm.ts'

export const encodingSchema = z.enum(['base58', 'base64', 'base64+zstd', 'jsonParsed'])
export const dataSliceSchema = z.object({ offset: z.number().int().min(0), length: z.number().int().min(0) })
/** How a client wants accounts. */
export interface AccountFormat {
  readonly encoding?: z.infer<typeof encodingSchema> | undefined
  readonly dataSlice?: z.infer<typeof dataSliceSchema> | undefined | null
}

export const filterSchema = z.union([
  z.object({ dataSize: z.number().int().min(0) }),
  z.object({
    memcmp: z.object({
      offset: z.number().int().min(0),
      bytes: z.string().max(1_024),
      encoding: z.enum(['base58', 'base64']).optional(),
    }),
  }),
  z.object({ tokenAccountState: z.unknown() }),
])
/** One filter of getProgramAccounts. */
export type Filter = z.infer<typeof filterSchema>

/**
 * An account in the form that `format` asks for; null if there is none. `decimalsOf` finds a mint's decimals for
 * jsonParsed.
 */
export function accountJson(
  account: AccountState | undefined,
  format: AccountFormat,
  decimalsOf: (mint: string) => number,
): Record<string, unknown> | null {
  if (account === undefined) return null
  const { lamports, owner, executable, data } = account
  const parsed = format.encoding === 'jsonParsed' ? parsedData(account, decimalsOf) : undefined
  return {
    data: parsed ?? encodedData(data, format),
    executable,
    lamports: Number(lamports),
    owner,
    rentEpoch: RENT_EPOCH,
    space: data.length,
  }
}

/** A test for all of `filters`, with their bytes decoded once. */
export function matcher(filters: readonly Filter[]): (data: Buffer) => boolean {
  const tests = filters.map(filterTest)
  return (data) => tests.every((test) => test(data))
}

/** 2^64 - 1 as JSON numbers can hold it, which is what clusters send for rent-exempt accounts. */
const RENT_EPOCH = 18446744073709552000

function filterTest(filter: Filter): (data: Buffer) => boolean {
  if ('dataSize' in filter) return (data) => data.length === filter.dataSize
  if ('memcmp' in filter) {
    const { offset, bytes, encoding } = filter.memcmp
    const wanted = encoding === 'base64' ? Buffer.from(bytes, 'base64') : fromBase58(bytes)
    return (data) => data.subarray(offset, offset + wanted.length).equals(wanted)
  }
  return (data) => data.length >= 165 && data[108] !== 0
}

function encodedData(data: Buffer, { encoding, dataSlice }: AccountFormat): [string, string] {
  const part = dataSlice ? data.subarray(dataSlice.offset, dataSlice.offset + dataSlice.length) : data
  if (encoding === 'base64+zstd') throw invalidParams('base64+zstd is not supported by the local chain; use base64')
  if (encoding !== 'base58') return [part.toString('base64'), 'base64']
  if (part.length > 128)
    throw invalidParams('Encoded binary (base58) data should be less than 128 bytes, please use Base64 encoding.')
  return [toBase58(part), 'base58']
}

function parsedData(account: AccountState, decimalsOf: (mint: string) => number): unknown {
  const program = account.owner.startsWith('TokenkegQ') ? 'spl-token' : 'spl-token-2022'
  const space = account.data.length
  const token = tokenAccount(account)
  if (token !== undefined) {
    const decimals = decimalsOf(token.mint)
    const info = {
      isNative: token.native,
      mint: token.mint,
      owner: token.owner,
      state: token.frozen ? 'frozen' : 'initialized',
      tokenAmount: tokenAmount(token.amount, decimals),
      ...(token.delegate === undefined
        ? {}
        : { delegate: token.delegate, delegatedAmount: tokenAmount(token.delegated, decimals) }),
      ...(token.closeAuthority === undefined ? {} : { closeAuthority: token.closeAuthority }),
    }
    return { program, space, parsed: { type: 'account', info } }
  }
  const minted = mint(account)
  if (minted === undefined) return undefined
  const { supply, decimals, mintAuthority = null, freezeAuthority = null } = minted
  return {
    program,
    space,
    parsed: {
      type: 'mint',
      info: { supply: supply.toString(), decimals, isInitialized: true, mintAuthority, freezeAuthority },
    },
  }
}
