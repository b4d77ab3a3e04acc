/**
 * The Solana VM: the only file that touches litesvm. Its inner interface takes raw transactions; the outer one wraps
 * them in another client's types.
 */
import { Account, Clock, FailedTransactionMetadata, LiteSvm, type TransactionMetadata } from 'litesvm/dist/internal.js'
import { keyBytes, keyText, toBase58 } from './base58.ts'
import { chainLimits } from './limits.ts'
import { type TransactionErrorJson, transactionErrorJson } from './transaction-error.ts'

/** An account's content. `data` is a copy that nobody writes. */
export interface AccountState {
  readonly lamports: bigint
  readonly owner: string
  readonly executable: boolean
  readonly data: Buffer
}

/** What the VM says about a transaction. */
export interface VmResult {
  readonly err: TransactionErrorJson | null
  readonly logs: readonly string[]
  readonly unitsConsumed: number
  readonly returnData: { readonly programId: string; readonly data: readonly [string, 'base64'] } | null
  readonly innerInstructions: readonly InnerInstructionsJson[]
}

/** Instructions that the `index`-th instruction invoked. */
export interface InnerInstructionsJson {
  readonly index: number
  readonly instructions: readonly {
    readonly programIdIndex: number
    readonly accounts: readonly number[]
    readonly data: string
    readonly stackHeight: number
  }[]
}

/** A VM without blockhash check and history: both are the chain's. */
export class Vm {
  readonly #svm = new LiteSvm()

  constructor() {
    this.#svm.setTransactionHistory(0n)
    this.#svm.setBlockhashCheck(false)
    this.#svm.setLogBytesLimit(BigInt(chainLimits.transactionLogBytes))
  }

  /** Runs a transaction and keeps its effects, the fee of a failed one included. */
  execute(raw: Uint8Array): VmResult {
    const result = this.#svm.sendVersionedTransaction(raw)
    return result instanceof FailedTransactionMetadata ? failed(result) : outcome(result, null)
  }

  /** Runs a transaction on a copy. `account` reads what it would leave behind. */
  simulate(
    raw: Uint8Array,
    { sigVerify }: { sigVerify: boolean },
  ): VmResult & { readonly accounts: ReadonlyMap<string, AccountState> } {
    this.#svm.setSigverify(sigVerify)
    try {
      const result = this.#svm.simulateVersionedTransaction(raw)
      if (result instanceof FailedTransactionMetadata) return { ...failed(result), accounts: new Map() }
      const rows = result.postAccounts().map((row) => [keyText(row.address), state(row.account())] as const)
      return { ...outcome(result.meta(), null), accounts: new Map(rows) }
    } finally {
      this.#svm.setSigverify(true)
    }
  }

  /** The account at `key`; undefined if it has no lamports. */
  account(key: string): AccountState | undefined {
    const account = this.#svm.getAccount(keyBytes(key))
    return account === null || account.lamports() === 0n ? undefined : state(account)
  }

  /** Replaces the account at `key`; undefined removes it. */
  setAccount(key: string, account: AccountState | undefined): void {
    const { lamports, data, owner, executable } = account ?? REMOVED
    this.#svm.setAccount(keyBytes(key), new Account(lamports, data, keyBytes(owner), executable, RENT_EPOCH))
  }

  /** Every account that `program` owns. Linear in the number of all accounts. */
  accountsOf(program: string): { readonly key: string; readonly account: AccountState }[] {
    const rows = this.#svm.getProgramAccounts(keyBytes(program))
    return rows
      .map((row) => ({ key: keyText(row.address), account: state(row.account()) }))
      .filter((row) => row.account.lamports > 0n)
  }

  /** Deploys the program of an ELF file's bytes, in place of the one that is at `id`. */
  deploy(id: string, elf: Uint8Array): void {
    this.#svm.addProgram(keyBytes(id), elf)
  }

  /** Sets the Clock and SlotHashes sysvars; `hashes` newest first. */
  setSlot(
    now: { slot: number; epoch: number; unixSeconds: number },
    hashes: readonly { slot: number; hash: string }[],
  ): void {
    const { slot, epoch, unixSeconds } = now
    this.#svm.setClock(new Clock(BigInt(slot), 0n, BigInt(epoch), BigInt(epoch + 1), BigInt(unixSeconds)))
    this.#svm.setSlotHashes(hashes.map((entry) => ({ slot: BigInt(entry.slot), hash: entry.hash })))
  }

  /** Lamports that make an account of `bytes` rent-exempt. */
  rentExemption(bytes: number): number {
    return Number(this.#svm.minimumBalanceForRentExemption(BigInt(bytes)))
  }
}

/** The owner of plain wallets. */
export const SYSTEM_PROGRAM = '11111111111111111111111111111111'
const RENT_EPOCH = 18446744073709551615n
const REMOVED: AccountState = { lamports: 0n, data: Buffer.alloc(0), owner: SYSTEM_PROGRAM, executable: false }

function state(account: Account): AccountState {
  return {
    lamports: account.lamports(),
    owner: keyText(account.owner()),
    executable: account.executable(),
    data: Buffer.from(account.data()),
  }
}

function failed(result: FailedTransactionMetadata): VmResult {
  return outcome(result.meta(), transactionErrorJson(result))
}

function outcome(meta: TransactionMetadata, err: TransactionErrorJson | null): VmResult {
  const returned = meta.returnData()
  const data = Buffer.from(returned.data())
  return {
    err,
    logs: meta.logs(),
    unitsConsumed: Number(meta.computeUnitsConsumed()),
    returnData:
      data.length === 0
        ? null
        : { programId: keyText(returned.programId()), data: [data.toString('base64'), 'base64'] },
    innerInstructions: innerInstructions(meta),
  }
}

function innerInstructions(meta: TransactionMetadata): InnerInstructionsJson[] {
  const lists = meta.innerInstructions().map((list, index) => ({
    index,
    instructions: list.map((inner) => {
      const instruction = inner.instruction()
      return {
        programIdIndex: instruction.programIdIndex(),
        accounts: [...instruction.accounts()],
        data: toBase58(instruction.data()),
        stackHeight: inner.stackHeight(),
      }
    }),
  }))
  return lists.filter((list) => list.instructions.length > 0)
}
