/** Runs one transaction in the VM and works out everything that the RPC tells about it afterwards. */
import { keyText } from './base58.ts'
import type { TokenBalance, TransactionHead } from './records.ts'
import { mint, tokenAccount, tokenAmount } from './tokens.ts'
import { isStaticWritable, type Message, type Transaction } from './transaction.ts'
import { isChargedFailure } from './transaction-error.ts'
import type { AccountState, Vm, VmResult } from './vm.ts'

/** Keys of a message: those in it, then the writable and the readonly ones from lookup tables. */
export interface MessageKeys {
  readonly all: readonly string[]
  readonly writable: ReadonlySet<string>
  readonly loaded: { readonly writable: string[]; readonly readonly: string[] }
}

/** A transaction that ran. If it did not land (`head` undefined), nothing changed and nobody paid. */
export interface Execution {
  readonly result: VmResult
  readonly keys: MessageKeys
  readonly head: TransactionHead | undefined
  /** Writable accounts as they were before. */
  readonly before: ReadonlyMap<string, AccountState | undefined>
}

/** Executes `transaction` in `slot`. */
export function execute(vm: Vm, transaction: Transaction, at: { slot: number; unixSeconds: number }): Execution {
  const keys = messageKeys(vm, transaction.message)
  const before = new Map(keys.all.map((key) => [key, vm.account(key)]))
  const result = vm.execute(transaction.raw)
  const writableBefore = new Map([...before].filter(([key]) => keys.writable.has(key)))
  if (result.err !== null && !isChargedFailure(result.err))
    return { result, keys, head: undefined, before: writableBefore }
  const after = new Map([...before].map(([key, account]) => [key, keys.writable.has(key) ? vm.account(key) : account]))
  const decimals = (key: string) => mint(after.get(key) ?? vm.account(key))?.decimals ?? 0
  const meta: TransactionHead['meta'] = {
    err: result.err,
    fee: Number(sum(before) - sum(after)),
    computeUnitsConsumed: result.unitsConsumed,
    preBalances: keys.all.map((key) => Number(before.get(key)?.lamports ?? 0n)),
    postBalances: keys.all.map((key) => Number(after.get(key)?.lamports ?? 0n)),
    preTokenBalances: tokenBalances(keys.all, before, decimals),
    postTokenBalances: tokenBalances(keys.all, after, decimals),
    innerInstructions: [...result.innerInstructions],
    logMessages: [...result.logs],
    loadedAddresses: keys.loaded,
    returnData: result.returnData,
  }
  const head = { slot: at.slot, blockTime: at.unixSeconds, id: transaction.id, keys: [...keys.all], meta }
  return { result, keys, head, before: writableBefore }
}

/** The keys of `message`, with those that its lookup tables hold now. */
function messageKeys(vm: Vm, message: Message): MessageKeys {
  const loaded = { writable: [] as string[], readonly: [] as string[] }
  for (const lookup of message.lookups) {
    const table = vm.account(lookup.accountKey)?.data
    if (table === undefined) continue
    loaded.writable.push(...lookup.writableIndexes.flatMap((index) => tableEntry(table, index)))
    loaded.readonly.push(...lookup.readonlyIndexes.flatMap((index) => tableEntry(table, index)))
  }
  const writable = message.staticKeys.filter((_, index) => isStaticWritable(message, index))
  return {
    all: [...message.staticKeys, ...loaded.writable, ...loaded.readonly],
    writable: new Set([...writable, ...loaded.writable]),
    loaded,
  }
}

const TABLE_HEAD_BYTES = 56

function tableEntry(table: Buffer, index: number): string[] {
  const at = TABLE_HEAD_BYTES + 32 * index
  return at + 32 <= table.length ? [keyText(table.subarray(at, at + 32))] : []
}

function sum(accounts: ReadonlyMap<string, AccountState | undefined>): bigint {
  let total = 0n
  for (const account of accounts.values()) total += account?.lamports ?? 0n
  return total
}

function tokenBalances(
  keys: readonly string[],
  accounts: ReadonlyMap<string, AccountState | undefined>,
  decimals: (mint: string) => number,
): TokenBalance[] {
  return keys.flatMap((key, accountIndex) => {
    const token = tokenAccount(accounts.get(key))
    if (token === undefined) return []
    const { mint, owner, programId, amount } = token
    return [{ accountIndex, mint, owner, programId, uiTokenAmount: tokenAmount(amount, decimals(mint)) }]
  })
}
