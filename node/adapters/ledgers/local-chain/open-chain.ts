/**
 * Opens a chain on its folder: programs and accounts of the newest snapshot, then its segment executed again, then the
 * programs of today. Older segments are only read, for the history. Takes the snapshots from then on.
 */
import type { Log } from '#node/ports/log.ts'
import { assert } from '#protocol/errors.ts'
import { LocalChain } from './chain.ts'
import { FAUCET_LAMPORTS, faucetKey } from './faucet.ts'
import type { Faults } from './faults.ts'
import { History } from './history.ts'
import { LedgerLog } from './ledger-log.ts'
import { chainLimits } from './limits.ts'
import { decodeRecord, encodeRecord } from './records.ts'
import { Slots } from './slots.ts'
import { type AccountRow, type Recovery, type Snapshot, StateFolder } from './state-folder.ts'
import { type AccountState, SYSTEM_PROGRAM, Vm } from './vm.ts'

/** A program to serve: its address and its ELF bytes. */
export interface ChainProgram {
  readonly id: string
  readonly elf: Uint8Array
}

/** How to open a chain. */
export interface OpenChainOptions {
  readonly stateDir: string
  readonly programs: readonly ChainProgram[]
  readonly faults: Faults
  readonly slotMs: number
  readonly nowMs: () => number
  readonly random: () => number
  readonly log: Log
  /** Transactions between two snapshots. */
  readonly snapshotTransactions?: number
}

/** What the start found in the folder. */
export interface Replay {
  readonly transactions: number
  /** Transactions whose second run gave another result than the first; anything but 0 is a bug, and is logged. */
  readonly different: number
  /** Set if the log's end was damaged: what was complete is there, the rest was set aside. */
  readonly recovery: Recovery | undefined
}

/**
 * Opens the chain in `stateDir`, which must be locked. Throws STORE_CORRUPT if a snapshot or program cannot be read.
 */
export function openChain(options: OpenChainOptions): ChainStore {
  const folder = new StateFolder(options.stateDir)
  const genesis = folder.genesis(Math.floor(options.nowMs() / 1_000))
  const seed = Buffer.from(genesis.seed, 'hex')
  const newest = folder.newest()
  const snapshot =
    newest === undefined
      ? genesisSnapshot(genesis.unixSeconds, faucetKey(seed).publicKey.toBase58())
      : folder.readSnapshot(newest)
  const number = newest ?? 0
  const vm = new Vm()
  for (const { id, sha256 } of snapshot.programs) vm.deploy(id, folder.readProgram(sha256))
  restoreAccounts(vm, snapshot.accounts)
  const store = new ChainStore({ ...options, folder, seed, number, snapshot, vm })
  store.start()
  return store
}

interface StoreParts extends OpenChainOptions {
  readonly folder: StateFolder
  readonly seed: Uint8Array
  readonly number: number
  readonly snapshot: Snapshot
  readonly vm: Vm
}

/** A chain with its folder. */
export class ChainStore {
  readonly chain: LocalChain
  /** Identifies the chain, as a cluster's genesis hash does. */
  readonly seed: Uint8Array
  readonly #parts: StoreParts
  readonly #folder: StateFolder
  #number: number
  #programs: Snapshot['programs']
  #log: LedgerLog | undefined
  #replay: Replay = { transactions: 0, different: 0, recovery: undefined }
  #transactionsAtSnapshot = 0
  #slotsSinceSnapshot = 0
  #checkpointing = false

  constructor(parts: StoreParts) {
    const { slotMs, nowMs, random, faults } = parts
    this.#parts = parts
    this.#folder = parts.folder
    this.#number = parts.number
    this.#programs = parts.snapshot.programs
    this.seed = parts.seed
    this.chain = new LocalChain({
      vm: parts.vm,
      slots: new Slots(parts.seed, parts.snapshot.slots),
      history: new History(),
      faucet: faucetKey(parts.seed),
      ...{ faults, slotMs, nowMs, random },
      append: (record) => this.log.append(record),
    })
    for (const [key] of parts.snapshot.accounts) this.chain.touched.add(key)
  }

  /** What the start found. */
  get replayed(): Replay {
    return this.#replay
  }

  get log(): LedgerLog {
    assert(this.#log !== undefined, 'the store was started')
    return this.#log
  }

  /** Replays and begins to write. Once, by {@link openChain}. */
  start(): void {
    this.#removeOrphans()
    this.#readHistory()
    this.#replaySegment()
    this.chain.finishReplay()
    this.#log = new LedgerLog(this.#folder.segmentPath(this.#number))
    this.#transactionsAtSnapshot = this.chain.history.total - this.#replay.transactions
    const deployed = this.#deployPrograms()
    if (deployed || this.#folder.newest() === undefined) this.#rotate([])
    this.chain.onEvent((event) => {
      if (event.type === 'slot') this.#slotsSinceSnapshot++
    })
  }

  /**
   * Takes a snapshot if enough happened since the last one. Never rejects: a failure is logged, and the log goes on.
   */
  async checkpointIfDue(): Promise<void> {
    const transactions = this.chain.history.total - this.#transactionsAtSnapshot
    const due = transactions >= (this.#parts.snapshotTransactions ?? chainLimits.snapshotTransactions)
    if (this.#checkpointing || !(due || this.#slotsSinceSnapshot >= chainLimits.snapshotSlots)) return
    this.#checkpointing = true
    try {
      await this.log.quiesce(() => this.#rotate([]))
    } catch (error) {
      this.#parts.log.error({ error }, 'snapshot of the local chain failed')
    } finally {
      this.#checkpointing = false
    }
  }

  /** Changes the chain in a way that no log record can repeat, and makes it durable by a snapshot. */
  async changeDurably<T>(change: () => T, rolledBackTo?: (result: T) => number): Promise<T> {
    return this.log.quiesce(() => {
      const result = change()
      this.log.writeNow()
      this.#rotate(rolledBackTo === undefined ? [] : [encodeRecord({ type: 'rollback', slot: rolledBackTo(result) })])
      return result
    })
  }

  /** Brings everything to the disk, with a snapshot so that the next start is quick. */
  async close(): Promise<void> {
    await this.log.quiesce(() => this.#rotate([]))
    await this.log.close()
  }

  /**
   * New segment first, then the snapshot that makes it count: a crash in between leaves an orphan, removed at start.
   */
  #rotate(records: readonly Buffer[]): void {
    const next = this.#number + 1
    this.#folder.removeSegment(next)
    this.log.moveTo(this.#folder.segmentPath(next))
    for (const record of records) this.log.append(record)
    this.log.writeNow()
    this.#folder.writeSnapshot(next, this.#snapshot())
    this.#number = next
    this.#transactionsAtSnapshot = this.chain.history.total
    this.#slotsSinceSnapshot = 0
    this.#removeForgottenSegments()
  }

  #snapshot(): Snapshot {
    const accounts: AccountRow[] = []
    for (const key of this.chain.touched) {
      const account = this.chain.vm.account(key)
      if (account === undefined) this.chain.touched.delete(key)
      else accounts.push(accountRow(key, account))
    }
    return {
      version: 1,
      slots: this.chain.slots.state(),
      transactions: this.chain.history.total,
      programs: this.#programs,
      accounts,
    }
  }

  #removeOrphans(): void {
    for (const number of this.#folder.segments()) if (number > this.#number) this.#folder.removeSegment(number)
  }

  #readHistory(): void {
    const { history } = this.chain
    for (const number of this.#folder.segments()) {
      if (number >= this.#number) break
      for (const bytes of this.#folder.recoverSegment(number).records) {
        const record = decodeRecord(bytes)
        if (record.type === 'transaction') history.add(record, bytes)
        if (record.type === 'rollback') history.forgetAfter(record.slot)
      }
    }
    history.countFrom(this.#parts.snapshot.transactions)
  }

  #replaySegment(): void {
    const { records, recovery } = this.#folder.recoverSegment(this.#number)
    let transactions = 0
    let different = 0
    for (const bytes of records) {
      const record = decodeRecord(bytes)
      if (record.type === 'transaction') transactions++
      if (record.type === 'rollback') this.chain.history.forgetAfter(record.slot)
      else if (this.chain.replay(record, bytes) === 'different') different++
    }
    this.chain.history.prune(this.chain.slots.oldestUsableSlot())
    this.#replay = { transactions, different, recovery }
  }

  #deployPrograms(): boolean {
    const before = new Map(this.#programs.map((program) => [program.id, program.sha256]))
    for (const { id, elf } of this.#parts.programs) {
      const sha256 = this.#folder.keepProgram(elf)
      if (before.get(id) === sha256) continue
      this.chain.vm.deploy(id, elf)
      before.set(id, sha256)
    }
    const changed =
      before.size !== this.#programs.length || this.#programs.some(({ id, sha256 }) => before.get(id) !== sha256)
    this.#programs = [...before].map(([id, sha256]) => ({ id, sha256 }))
    return changed
  }

  /**
   * Segments whose transactions have all been forgotten. A segment with a rollback goes after those that it corrects.
   */
  #removeForgottenSegments(): void {
    const oldest = this.chain.history.oldestSlot() ?? this.chain.slots.current.slot
    const older = this.#folder.segments().filter((number) => number < this.#number)
    for (const number of older) {
      const last = this.#lastSlots.get(number)
      if (last === undefined) this.#lastSlots.set(number, this.chain.slots.current.slot)
      else if (last < oldest) this.#dropSegment(number)
      else return
    }
  }

  readonly #lastSlots = new Map<number, number>()

  #dropSegment(number: number): void {
    this.#folder.removeSegment(number)
    this.#lastSlots.delete(number)
  }
}

function genesisSnapshot(unixSeconds: number, faucet: string): Snapshot {
  return {
    version: 1,
    slots: { unixSeconds, expiredHeight: -1, blocks: [{ slot: 1, height: 1, unixSeconds }] },
    transactions: 0,
    programs: [],
    accounts: [[faucet, FAUCET_LAMPORTS.toString(), SYSTEM_PROGRAM, false, '']],
  }
}

function accountRow(key: string, account: AccountState): AccountRow {
  return [key, account.lamports.toString(), account.owner, account.executable, account.data.toString('base64')]
}

/** Executables last: their loader looks for the program's data. */
function restoreAccounts(vm: Vm, rows: readonly AccountRow[]): void {
  for (const wanted of [false, true]) {
    for (const [key, lamports, owner, executable, data] of rows) {
      if (executable !== wanted) continue
      vm.setAccount(key, { lamports: BigInt(lamports), owner, executable, data: Buffer.from(data, 'base64') })
    }
  }
}
