/**
 * The chain: the VM, its time, its history and its faults, without network and disk. Every change is synchronous and
 * emits its log records through `append`; whoever answers clients waits until those are on the disk.
 */
import { randomBytes } from 'node:crypto'
import type { Keypair } from '@solana/web3.js'
import { invalidParams, RpcError, rpcCodes, unhealthy } from './errors.ts'
import { type Execution, execute } from './execute.ts'
import { airdropTransaction } from './faucet.ts'
import { changeFaults, type FaultChange, type Faults, lags } from './faults.ts'
import type { History, HistoryEntry } from './history.ts'
import { Journal } from './journal.ts'
import { encodeRecord, type LogRecord } from './records.ts'
import { type Commitment, SLOTS_PER_EPOCH, type Slots } from './slots.ts'
import { readTransaction, type Transaction } from './transaction.ts'
import { transactionErrorText } from './transaction-error.ts'
import type { AccountState, Vm } from './vm.ts'

/** What happened, for subscribers. A transaction is told once per commitment level, in order. */
export type ChainEvent =
  | {
      readonly type: 'slot'
      readonly slot: number
      readonly parent: number
      readonly root: number
      readonly rootMoved: boolean
    }
  | {
      readonly type: 'transaction'
      readonly commitment: Commitment
      readonly entry: HistoryEntry
      readonly logs: readonly string[]
      readonly written: readonly string[]
    }
  | { readonly type: 'rollback'; readonly written: readonly string[] }

/** What a chain is made of. */
export interface ChainParts {
  readonly vm: Vm
  readonly slots: Slots
  readonly history: History
  readonly faucet: Keypair
  readonly faults: Faults
  readonly slotMs: number
  readonly nowMs: () => number
  /** A number in [0, 1) that decides which transactions are dropped. */
  readonly random: () => number
  /** Writes a record ahead; called in the order of execution. */
  readonly append: (record: Uint8Array) => void
}

type Unsettled = Omit<Extract<ChainEvent, { type: 'transaction' }>, 'commitment' | 'type'>

/** Blocks that a warp makes at most: twice a blockhash's life. */
const WARP_BLOCKS = 300

/** A running chain. */
export class LocalChain {
  readonly vm: Vm
  readonly slots: Slots
  readonly history: History
  readonly slotMs: number
  /** Every account that a transaction may have changed since genesis: what a snapshot holds. */
  readonly touched = new Set<string>()
  readonly #parts: ChainParts
  readonly #journal = new Journal()
  readonly #listeners = new Set<(event: ChainEvent) => void>()
  #faults: Faults
  #clockOffsetMs: number
  #unconfirmed: Unsettled[] = []
  #unfinalized: Unsettled[] = []

  constructor(parts: ChainParts) {
    this.#parts = parts
    this.vm = parts.vm
    this.slots = parts.slots
    this.history = parts.history
    this.slotMs = parts.slotMs
    this.#faults = parts.faults
    // A warped clock stays ahead over a restart.
    this.#clockOffsetMs = Math.max(0, this.slots.current.unixSeconds * 1_000 - parts.nowMs())
    this.#showTime()
  }

  get faults(): Faults {
    return this.#faults
  }

  get faucetAddress(): string {
    return this.#parts.faucet.publicKey.toBase58()
  }

  /** Calls `listener` for each event until the returned function is called. Listeners must not throw. */
  onEvent(listener: (event: ChainEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** The account at `key` as of the newest slot that is settled that well. */
  account(key: string, commitment: Commitment): AccountState | undefined {
    const older = this.#journal.at(this.slots.at(commitment), key)
    const account = older === undefined ? this.vm.account(key) : older.account
    return account === undefined || account.lamports === 0n ? undefined : account
  }

  /** Every account of `program` as of the newest slot that is settled that well. */
  accountsOf(program: string, commitment: Commitment): { key: string; account: AccountState }[] {
    const older = this.#journal.since(this.slots.at(commitment))
    const rows = this.vm.accountsOf(program).filter((row) => !older.has(row.key))
    for (const [key, account] of older)
      if (account?.owner === program && account.lamports > 0n) rows.push({ key, account })
    return rows
  }

  /**
   * Executes a signed transaction and returns its signature, as `sendTransaction` does: with preflight every failure is
   * an error; without, what cannot land is lost silently, except a wrong signature.
   */
  send(raw: Uint8Array, { skipPreflight }: { skipPreflight: boolean }): string {
    if (this.#faults.stall) throw unhealthy()
    const transaction = readTransaction(raw)
    const refusal = this.#refusal(transaction)
    if (refusal !== undefined) {
      if (skipPreflight) return transaction.id
      throw preflightError(refusal, [])
    }
    if (this.#dropping && !skipPreflight) this.#preflight(transaction)
    if (this.#drops()) return transaction.id
    this.#land(transaction, { skipPreflight })
    return transaction.id
  }

  /** Sends lamports from the faucet; returns the signature. */
  airdrop(to: string, lamports: number): string {
    const memo = randomBytes(8).toString('hex')
    const blockhash = this.slots.current.hash
    return this.send(airdropTransaction(this.#parts.faucet, { to, lamports, blockhash, memo }), {
      skipPreflight: false,
    })
  }

  /** Opens the next slot, unless the chain is stalled. */
  tick(): void {
    if (!this.#faults.stall) this.#advance(this.slots.current.slot)
  }

  /** Passes slots and seconds at once, for tests of delays. */
  warp({ slots, seconds }: { slots: number; seconds: number }): void {
    this.#clockOffsetMs += seconds * 1_000
    const last = this.slots.current.slot + Math.max(1, slots)
    // More blocks than a blockhash lives; the slots before them are skipped, as a cluster skips those of leaders that
    // are away.
    const skipped = last - WARP_BLOCKS
    if (skipped > this.slots.current.slot) this.#advance(skipped)
    while (this.slots.current.slot < last) this.#advance(this.slots.current.slot)
  }

  /** Changes the lasting faults. */
  setFaults(change: FaultChange): void {
    this.#faults = changeFaults(this.#faults, change)
    this.#settle()
  }

  /** Makes every blockhash given out so far too old. The caller takes a snapshot: this is in no log record. */
  expireBlockhashes(): void {
    this.slots.expire()
    this.#advance(this.slots.current.slot)
  }

  /**
   * Undoes the slots after `slot`; returns the last slot that stays. The caller takes a snapshot: replay cannot do
   * this.
   */
  rollBack(slot: number): number {
    const keep = this.#openSlot(slot)
    const skipped = this.slots.current.slot
    const before = this.#journal.since(keep)
    for (const [key, account] of before) {
      this.vm.setAccount(key, account)
      this.touched.add(key)
    }
    this.history.forgetAfter(keep)
    this.#journal.forgetAfter(keep)
    this.#unconfirmed = this.#unconfirmed.filter((item) => item.entry.slot <= keep)
    this.#unfinalized = this.#unfinalized.filter((item) => item.entry.slot <= keep)
    this.slots.undo(keep)
    this.#emit({ type: 'rollback', written: [...before.keys()] })
    this.#advance(skipped)
    return keep
  }

  /** Applies a record of the log at start: same slot, same Clock and SlotHashes, same bytes, same result. */
  replay(record: Exclude<LogRecord, { type: 'rollback' }>, bytes: Buffer): 'same' | 'different' {
    switch (record.type) {
      case 'slot':
        this.slots.advance(record.slot, record.unixSeconds)
        return 'same'
      case 'transaction': {
        this.#showTime()
        const execution = execute(this.vm, readTransaction(record.raw), this.slots.current)
        for (const key of execution.before.keys()) this.touched.add(key)
        this.history.add(record, bytes)
        return JSON.stringify(execution.head) === JSON.stringify(record.head) ? 'same' : 'different'
      }
      default:
        record satisfies never
        return 'different'
    }
  }

  /** Ends the replay: what the log held is final. */
  finishReplay(): void {
    this.slots.settle({ confirmSlots: 0, finalizeSlots: 0 })
    this.#showTime()
  }

  #refusal(transaction: Transaction): 'BlockhashNotFound' | 'AlreadyProcessed' | undefined {
    if (this.history.get(transaction.id) !== undefined) return 'AlreadyProcessed'
    return this.slots.isUsable(transaction.message.recentBlockhash) ? undefined : 'BlockhashNotFound'
  }

  /** Of what may be dropped afterwards; what lands is its own preflight. */
  #preflight(transaction: Transaction): void {
    const { err, logs, unitsConsumed } = this.vm.simulate(transaction.raw, { sigVerify: true })
    if (err === 'SignatureFailure') throw signatureFailure()
    if (err !== null) throw preflightError(err, logs, unitsConsumed)
  }

  get #dropping(): boolean {
    return this.#faults.dropNext > 0 || this.#faults.dropRate > 0
  }

  #drops(): boolean {
    const { dropNext, dropRate } = this.#faults
    if (dropNext > 0) {
      this.#faults = { ...this.#faults, dropNext: dropNext - 1 }
      return true
    }
    return dropRate > 0 && this.#parts.random() < dropRate
  }

  #land(transaction: Transaction, { skipPreflight }: { skipPreflight: boolean }): void {
    const { slot } = this.slots.current
    const execution = execute(this.vm, transaction, this.slots.current)
    const { err, logs, unitsConsumed } = execution.result
    if (err === 'SignatureFailure') throw signatureFailure()
    if (err !== null && !skipPreflight) {
      this.#refund(transaction, execution)
      throw preflightError(err, logs, unitsConsumed)
    }
    if (execution.head === undefined) return
    const record = { type: 'transaction', head: execution.head, raw: transaction.raw } as const
    const bytes = encodeRecord(record)
    this.#parts.append(bytes)
    for (const [key, account] of execution.before) {
      this.touched.add(key)
      this.#journal.remember(slot, key, account)
    }
    this.#announce(execution, this.history.add(record, bytes))
  }

  /** Undoes what a failed transaction left behind: its fee, and nothing else. */
  #refund({ message }: Transaction, { before }: Execution): void {
    const payer = message.staticKeys[0]
    if (payer !== undefined) this.vm.setAccount(payer, before.get(payer))
  }

  #announce(execution: Execution, entry: HistoryEntry): void {
    const item = { entry, logs: execution.result.logs, written: [...execution.keys.writable] }
    this.#emit({ type: 'transaction', commitment: 'processed', ...item })
    this.#unconfirmed.push(item)
    this.#unfinalized.push(item)
    this.#settle()
  }

  #advance(from: number): void {
    const parent = this.slots.current
    const rootBefore = this.slots.at('finalized')
    const seconds = Math.floor((this.#parts.nowMs() + this.#clockOffsetMs) / 1_000)
    const block = this.slots.advance(from + 1, Math.max(parent.unixSeconds, seconds))
    this.#parts.append(encodeRecord({ type: 'slot', slot: block.slot, unixSeconds: block.unixSeconds }))
    this.#showTime()
    this.#settle()
    const root = this.slots.at('finalized')
    this.#emit({ type: 'slot', slot: block.slot, parent: parent.slot, root, rootMoved: root !== rootBefore })
    this.history.prune(this.slots.oldestUsableSlot())
  }

  #settle(): void {
    this.slots.settle(lags(this.#faults, this.slotMs))
    this.#unconfirmed = this.#told(this.#unconfirmed, 'confirmed')
    this.#unfinalized = this.#told(this.#unfinalized, 'finalized')
    this.#journal.forgetThrough(this.slots.at('finalized'))
  }

  #told(items: Unsettled[], commitment: Commitment): Unsettled[] {
    const slot = this.slots.at(commitment)
    const waiting = items.findIndex((item) => item.entry.slot > slot)
    const settled = waiting < 0 ? items : items.slice(0, waiting)
    for (const item of settled) this.#emit({ type: 'transaction', commitment, ...item })
    return waiting < 0 ? [] : waiting === 0 ? items : items.slice(waiting)
  }

  /** The newest block up to `slot` after which nothing is final. */
  #openSlot(slot: number): number {
    const finalized = this.slots.at('finalized')
    const keep = this.slots.blocksBetween(finalized, slot).at(-1)
    if (keep === undefined) {
      throw invalidParams(`slot ${finalized} is final; raise finalizeSlots first, and name a slot from then on`)
    }
    return keep.slot
  }

  #showTime(): void {
    const { slot, unixSeconds } = this.slots.current
    this.vm.setSlot({ slot, epoch: Math.floor(slot / SLOTS_PER_EPOCH), unixSeconds }, this.slots.slotHashes())
  }

  #emit(event: ChainEvent): void {
    for (const listener of this.#listeners) listener(event)
  }
}

function signatureFailure(): RpcError {
  return new RpcError(rpcCodes.signatureVerification, 'Transaction signature verification failure')
}

function preflightError(
  err: Parameters<typeof transactionErrorText>[0],
  logs: readonly string[],
  unitsConsumed = 0,
): RpcError {
  const data = { accounts: null, err, innerInstructions: null, logs, returnData: null, unitsConsumed }
  return new RpcError(rpcCodes.preflightFailure, `Transaction simulation failed: ${transactionErrorText(err)}`, data)
}
