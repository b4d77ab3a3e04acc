/** Reads SPL token accounts and mints by their layout, which Token and Token-2022 share. */
import { keyText } from './base58.ts'
import type { TokenAmount } from './records.ts'
import type { AccountState } from './vm.ts'

/** SPL Token and Token-2022. */
export const TOKEN_PROGRAMS: readonly string[] = [
  'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA',
  'TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb',
]
const MINT_BYTES = 82
const TOKEN_ACCOUNT_BYTES = 165
const ACCOUNT_TYPE_ACCOUNT = 2

/** An initialised token account. */
export interface TokenAccount {
  readonly mint: string
  readonly owner: string
  readonly amount: bigint
  readonly programId: string
  readonly delegate: string | undefined
  readonly delegated: bigint
  readonly frozen: boolean
  readonly native: boolean
  readonly closeAuthority: string | undefined
}

/** The token account in `account`; undefined if it is none. */
export function tokenAccount(account: AccountState | undefined): TokenAccount | undefined {
  if (account === undefined || !TOKEN_PROGRAMS.includes(account.owner)) return undefined
  const { data } = account
  if (data.length < TOKEN_ACCOUNT_BYTES || data[108] === 0) return undefined
  if (data.length > TOKEN_ACCOUNT_BYTES && data[TOKEN_ACCOUNT_BYTES] !== ACCOUNT_TYPE_ACCOUNT) return undefined
  return {
    mint: keyText(data.subarray(0, 32)),
    owner: keyText(data.subarray(32, 64)),
    amount: data.readBigUInt64LE(64),
    programId: account.owner,
    delegate: optionalKey(data, 72),
    delegated: data.readBigUInt64LE(121),
    frozen: data[108] === 2,
    native: data.readUInt32LE(109) === 1,
    closeAuthority: optionalKey(data, 129),
  }
}

/** Supply, decimals and authorities of a mint; undefined if `account` is none. */
export function mint(account: AccountState | undefined) {
  if (account === undefined || !TOKEN_PROGRAMS.includes(account.owner)) return undefined
  const { data } = account
  if (data.length < MINT_BYTES || data.length === TOKEN_ACCOUNT_BYTES || data[45] !== 1) return undefined
  return {
    supply: data.readBigUInt64LE(36),
    decimals: data.readUInt8(44),
    mintAuthority: optionalKey(data, 0),
    freezeAuthority: optionalKey(data, 46),
  }
}

/** A raw amount in all the forms that the RPC prints. */
export function tokenAmount(amount: bigint, decimals: number): TokenAmount {
  const digits = amount.toString().padStart(decimals + 1, '0')
  const whole = digits.slice(0, digits.length - decimals)
  const fraction = digits.slice(digits.length - decimals).replace(/0+$/, '')
  const uiAmountString = fraction === '' ? whole : `${whole}.${fraction}`
  return { amount: amount.toString(), decimals, uiAmount: Number(uiAmountString), uiAmountString }
}

function optionalKey(data: Buffer, at: number): string | undefined {
  return data.readUInt32LE(at) === 1 ? keyText(data.subarray(at + 4, at + 36)) : undefined
}
