/** Methods that read accounts and tokens. */
import { z } from 'zod'
import { type AccountFormat, accountJson, matcher } from './accounts.ts'
import type { LocalChain } from './chain.ts'
import { invalidParams } from './errors.ts'
import { chainLimits } from './limits.ts'
import {
  accountConfigSchema,
  commitmentOf,
  contextSchema,
  decimalsFinder,
  keySchema,
  type Method,
  method,
  programConfigSchema,
  withContext,
} from './rpc-method.ts'
import type { Commitment } from './slots.ts'
import { mint, TOKEN_PROGRAMS, tokenAccount, tokenAmount } from './tokens.ts'
import type { AccountState } from './vm.ts'

const tokenFilter = z.union([z.object({ mint: keySchema }), z.object({ programId: keySchema })])

export const accountMethods: Readonly<Record<string, Method>> = {
  getBalance: method(z.tuple([keySchema, contextSchema.optional()]), (chain, [key, config]) => {
    const level = commitmentOf(chain, config)
    return withContext(chain, level, Number(chain.account(key, level)?.lamports ?? 0n))
  }),
  getAccountInfo: method(z.tuple([keySchema, accountConfigSchema.optional()]), (chain, [key, config]) => {
    const level = commitmentOf(chain, config)
    return withContext(chain, level, accountJson(chain.account(key, level), config ?? {}, decimalsFinder(chain, level)))
  }),
  getMultipleAccounts: method(
    z.tuple([
      z.array(keySchema).max(chainLimits.accountsPerRequest, 'Too many inputs provided'),
      accountConfigSchema.optional(),
    ]),
    (chain, [keys, config]) => {
      const level = commitmentOf(chain, config)
      const decimals = decimalsFinder(chain, level)
      return withContext(
        chain,
        level,
        keys.map((key) => accountJson(chain.account(key, level), config ?? {}, decimals)),
      )
    },
  ),
  getProgramAccounts: method(z.tuple([keySchema, programConfigSchema.optional()]), (chain, [program, config]) => {
    const level = commitmentOf(chain, config)
    const matches = matcher(config?.filters ?? [])
    const rows = chain.accountsOf(program, level).filter((row) => matches(row.account.data))
    const value = rowsJson(chain, level, rows, config ?? {})
    return config?.withContext === true ? withContext(chain, level, value) : value
  }),
  getTokenAccountBalance: method(z.tuple([keySchema, contextSchema.optional()]), (chain, [key, config]) => {
    const level = commitmentOf(chain, config)
    const account = chain.account(key, level)
    if (account === undefined) throw invalidParams('could not find account')
    const token = tokenAccount(account)
    if (token === undefined) throw invalidParams('not a Token account')
    return withContext(chain, level, tokenAmount(token.amount, decimalsFinder(chain, level)(token.mint)))
  }),
  getTokenSupply: method(z.tuple([keySchema, contextSchema.optional()]), (chain, [key, config]) => {
    const level = commitmentOf(chain, config)
    const minted = mint(chain.account(key, level))
    if (minted === undefined) throw invalidParams('not a Token mint')
    return withContext(chain, level, tokenAmount(minted.supply, minted.decimals))
  }),
  getTokenAccountsByOwner: tokenAccountsMethod((token) => token.owner),
  getTokenAccountsByDelegate: tokenAccountsMethod((token) => token.delegate),
  getTokenLargestAccounts: method(z.tuple([keySchema, contextSchema.optional()]), (chain, [mintKey, config]) => {
    const level = commitmentOf(chain, config)
    const decimals = decimalsFinder(chain, level)(mintKey)
    const tokens = tokenRows(chain, level, TOKEN_PROGRAMS).filter((row) => row.token.mint === mintKey)
    const largest = tokens.sort((a, b) => (a.token.amount < b.token.amount ? 1 : -1)).slice(0, 20)
    return withContext(
      chain,
      level,
      largest.map(({ key, token }) => ({ address: key, ...tokenAmount(token.amount, decimals) })),
    )
  }),
}

function tokenAccountsMethod(
  holder: (token: NonNullable<ReturnType<typeof tokenAccount>>) => string | undefined,
): Method {
  return method(z.tuple([keySchema, tokenFilter, accountConfigSchema.optional()]), (chain, [owner, filter, config]) => {
    const level = commitmentOf(chain, config)
    const programs = 'programId' in filter ? [filter.programId] : TOKEN_PROGRAMS
    const rows = tokenRows(chain, level, programs).filter(
      ({ token }) => holder(token) === owner && (!('mint' in filter) || token.mint === filter.mint),
    )
    return withContext(chain, level, rowsJson(chain, level, rows, config ?? {}))
  })
}

function tokenRows(chain: LocalChain, level: Commitment, programs: readonly string[]) {
  return programs.flatMap((program) =>
    chain.accountsOf(program, level).flatMap(({ key, account }) => {
      const token = tokenAccount(account)
      return token === undefined ? [] : [{ key, account, token }]
    }),
  )
}

function rowsJson(
  chain: LocalChain,
  level: Commitment,
  rows: readonly { readonly key: string; readonly account: AccountState }[],
  format: AccountFormat,
) {
  if (rows.length > chainLimits.programAccountRows)
    throw invalidParams(`more than ${chainLimits.programAccountRows} accounts match; add filters`)
  const decimals = decimalsFinder(chain, level)
  return rows.map(({ key, account }) => ({ pubkey: key, account: accountJson(account, format, decimals) }))
}
