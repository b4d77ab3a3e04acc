/**
 * Brings one account's newest certified header to the chain, and pays its payees: what is missing there decides which
 * transactions are sent.
 */
import {
  ComputeBudgetProgram,
  type Keypair,
  PublicKey,
  Transaction,
  type TransactionInstruction,
} from '@solana/web3.js'
import * as payments from '#programs/client/payments.ts'
import {
  type CommitteeRecord,
  type CreditAccountRecord,
  decodeCommittee,
  decodeCreditAccount,
  decodeLedger,
  type LedgerRecord,
} from '#programs/client/read.ts'
import { creditAccountAddress } from '#programs/client/receipt-pdas.ts'
import * as receipts from '#programs/client/receipts.ts'
import * as registry from '#programs/client/registry.ts'
import { committeeAddress } from '#programs/client/registry-pdas.ts'
import { type Sent, sendInstructions } from '#programs/client/send.ts'
import { balanceAddress, ledgerAddress } from '#programs/client/splitter-pdas.ts'
import { proveTotal } from '#protocol/credits/totals.ts'
import { equalBytes } from '#protocol/wire/hash.ts'
import { encodeHeader } from '#protocol/wire/header.ts'
import { decodeKey, type WalletKey } from '#protocol/wire/keys.ts'
import type { ChainNetwork } from './cluster.ts'
import { LEDGER_CAPACITY } from './found.ts'
import type { Settlement } from './settlements.ts'

/** Bytes of a transaction. */
const TRANSACTION_BYTES = 1_232
/** Keys in one question. */
const KEYS_MAX = 100
/** Balances opened, and claims proven, in one transaction. */
const OPENED_MAX = 6
const CLAIMS_MAX = 4

export interface SettleOptions {
  /** The network's epoch: only in an account's own epoch its committee can be pinned. */
  readonly networkEpoch: number
  readonly payer: Keypair
  readonly priorityMicroLamports: number
  readonly signal: AbortSignal
}

/** What was done: signatures of the transactions, in order. */
export interface Settled {
  readonly signatures: readonly string[]
  /** True if this peer paid for the committee's account, whose rent comes back. */
  readonly pinned: boolean
}

/**
 * Settles and claims. Idempotent: what is done already is not done again. An account whose epoch is over on chain
 * without a pinned committee is brought, in two calls, into a later one. Throws what the client throws.
 */
export async function settle(
  chain: ChainNetwork,
  settlement: Settlement | undefined,
  account: WalletKey,
  options: SettleOptions,
): Promise<Settled> {
  return new Settling(chain, account, options).settle(settlement)
}

/** One call of {@link settle}: what it has sent so far. */
class Settling {
  readonly #chain: ChainNetwork
  readonly #key: PublicKey
  readonly #options: SettleOptions
  readonly #signatures: string[] = []
  #pinned = false

  constructor(chain: ChainNetwork, account: WalletKey, options: SettleOptions) {
    this.#chain = chain
    this.#key = new PublicKey(account)
    this.#options = options
  }

  async settle(settlement: Settlement | undefined): Promise<Settled> {
    let { account, committee } = await this.#read()
    if (account !== undefined && committee === undefined) {
      await this.#prepare(account)
      ;({ account, committee } = await this.#read())
    }
    if (account !== undefined && committee !== undefined && settlement?.header.epoch === Number(account.epoch))
      await this.#bring(settlement, account, committee)
    return { signatures: this.#signatures, pinned: this.#pinned }
  }

  /** The next step to a pinned committee. */
  async #prepare(account: CreditAccountRecord): Promise<void> {
    const { networkEpoch, payer } = this.#options
    const { programs, address: network } = this.#chain
    const at = { network, key: this.#key }
    if (account.epoch > BigInt(networkEpoch)) return
    if (account.epoch === BigInt(networkEpoch)) {
      await this.#send([await registry.pinCommittee(programs, { ...at, epoch: account.epoch, payer: payer.publicKey })])
      this.#pinned = true
    } else if (account.forceSinceSlot === 0n) await this.#send([await receipts.requestForceEpoch(programs, at)])
    else await this.#send([await receipts.forceEpoch(programs, at)])
  }

  async #bring(settlement: Settlement, account: CreditAccountRecord, { q }: CommitteeRecord): Promise<void> {
    const { header } = settlement
    const signatures = [...settlement.signatures].slice(0, q)
    const certificate = {
      header: encodeHeader(header),
      epoch: account.epoch,
      signatures: signatures.map(([key, signature]) => ({ key: decodeKey(key), signature })),
    }
    const newer = BigInt(header.height) > account.height
    if (!newer && !equalBytes(account.stateRoot, header.stateRoot)) return
    const at = { network: this.#chain.address, key: this.#key }
    const spends = header.spent > account.spent
    const bring = newer ? await receipts.settle(this.#chain.programs, at, certificate) : []
    const complete = newer && spends ? await this.#completion(settlement) : []
    // Whoever settles a job's account says on chain how the job ended: in one transaction, if there is room.
    const together = complete.length > 0 && this.#fits([...bring, ...complete])
    if (together) await this.#send([...bring, ...complete])
    const claimed = await this.#claim(settlement, account, together ? [] : bring)
    // A newer header that spends no more is worth no transaction, unless it ends the epoch.
    if (!claimed && !together && newer && (header.sealed || spends)) await this.#send(bring)
    if (!together && complete.length > 0) await this.#send(complete)
  }

  async #completion({ end }: Settlement): Promise<TransactionInstruction[]> {
    if (end === undefined) return []
    const { summary: record, proof, metaLeaf, totalsRoot } = end
    const at = { network: this.#chain.address, key: this.#key }
    return [await receipts.completeJob(this.#chain.programs, at, { record, proof, metaLeaf, totalsRoot })]
  }

  /**
   * Settles by `bring` and pays what is certified and not paid, in one transaction if there is room. False if nothing
   * is unpaid: then nothing was sent.
   */
  async #claim(
    settlement: Settlement,
    account: CreditAccountRecord,
    bring: readonly TransactionInstruction[],
  ): Promise<boolean> {
    const { totals, jobsAndMeta: rest } = settlement
    const { opened } = account
    const ledger = await this.#ledger(opened)
    const paid = new Map(ledger?.paid.map((entry) => [entry.payee.toBase58(), entry.paid]))
    const due = [...totals].filter(([payee, total]) => total > (paid.get(payee) ?? 0n))
    if (due.length === 0) return false
    await this.#makeRoom(ledger, opened, due.filter(([payee]) => !paid.has(payee)).length)
    await this.#openBalances(due.map(([payee]) => payee))
    const at = { network: this.#chain.address, key: this.#key, opened }
    const payees = [...totals].map(([payee, total]) => ({ payee: new PublicKey(payee), total }))
    const inline =
      payees.length <= payments.INLINE_PAYEES_MAX
        ? await payments.claimInline(this.#chain.programs, at, { totals: payees, rest })
        : undefined
    const together = inline !== undefined && this.#fits([...bring, inline])
    if (together) await this.#send([...bring, inline])
    else if (bring.length > 0) await this.#send(bring)
    if (together) return true
    if (inline !== undefined && this.#fits([inline])) await this.#send([inline])
    else await this.#claimEach(settlement, at, due)
    return true
  }

  async #claimEach(
    { totals, jobsAndMeta: rest }: Settlement,
    at: payments.LedgerKey,
    due: readonly (readonly [WalletKey, bigint])[],
  ): Promise<void> {
    let batch: TransactionInstruction[] = []
    for (const [payee] of due) {
      const proven = proveTotal(totals, payee)
      if (proven === undefined) continue
      const { total, proof } = proven
      const one = await payments.claim(this.#chain.programs, at, { payee: new PublicKey(payee), total, proof, rest })
      if (batch.length >= CLAIMS_MAX || !this.#fits([...batch, one])) {
        await this.#send(batch)
        batch = []
      }
      batch.push(one)
    }
    if (batch.length > 0) await this.#send(batch)
  }

  /** The account's list of what was paid, with room for `more` new payees. */
  async #makeRoom(ledger: LedgerRecord | undefined, opened: bigint, more: number): Promise<void> {
    const { programs, address: network } = this.#chain
    const payer = this.#options.payer.publicKey
    const at = { network, key: this.#key, opened }
    const capacity = Math.min(250, Math.max(LEDGER_CAPACITY, more))
    if (ledger === undefined) return this.#send([await payments.openLedger(programs, at, { payer, capacity })])
    if (ledger.paid.length + more > ledger.capacity)
      await this.#send([await payments.growLedger(programs, at, { payer, more: capacity })])
  }

  async #openBalances(payees: readonly WalletKey[]): Promise<void> {
    const { programs, address: network, connection } = this.#chain
    const missing: PublicKey[] = []
    for (let from = 0; from < payees.length; from += KEYS_MAX) {
      const asked = payees.slice(from, from + KEYS_MAX).map((payee) => new PublicKey(payee))
      const found = await connection.getMultipleAccountsInfo(asked.map((payee) => balanceAddress(network, payee)))
      missing.push(...asked.filter((_, i) => found[i] === null || found[i] === undefined))
    }
    const payer = this.#options.payer.publicKey
    for (let from = 0; from < missing.length; from += OPENED_MAX) {
      const some = missing.slice(from, from + OPENED_MAX)
      await this.#send(
        await Promise.all(some.map((payee) => payments.openBalance(programs, { network, payee, payer }))),
      )
    }
  }

  /** The account and its committee at one slot. */
  async #read(): Promise<{ account: CreditAccountRecord | undefined; committee: CommitteeRecord | undefined }> {
    const { programs, address: network, connection } = this.#chain
    const at = creditAccountAddress(network, this.#key)
    const first = await connection.getAccountInfo(at)
    if (first === null) return { account: undefined, committee: undefined }
    const account = decodeCreditAccount(programs, first.data)
    const pinned = await connection.getAccountInfo(committeeAddress(network, this.#key, account.epoch))
    return { account, committee: pinned === null ? undefined : decodeCommittee(programs, pinned.data) }
  }

  async #ledger(opened: bigint): Promise<LedgerRecord | undefined> {
    const { address: network, connection } = this.#chain
    const found = await connection.getAccountInfo(ledgerAddress(creditAccountAddress(network, this.#key), opened))
    return found === null ? undefined : decodeLedger(found.data)
  }

  #fits(instructions: readonly TransactionInstruction[]): boolean {
    const { payer } = this.#options
    const transaction = new Transaction({ feePayer: payer.publicKey, recentBlockhash: PublicKey.default.toBase58() })
    transaction.add(
      ComputeBudgetProgram.setComputeUnitLimit({ units: 1 }),
      ComputeBudgetProgram.setComputeUnitPrice({ microLamports: 1 }),
      ...instructions,
    )
    const message = transaction.compileMessage()
    try {
      return message.serialize().length + 1 + 64 * message.header.numRequiredSignatures <= TRANSACTION_BYTES
    } catch (error) {
      // web3.js writes into a buffer of fixed length.
      if (error instanceof RangeError) return false
      throw error
    }
  }

  async #send(instructions: readonly TransactionInstruction[]): Promise<void> {
    const { payer, priorityMicroLamports, signal } = this.#options
    const sent: Sent = await sendInstructions(this.#chain.connection, instructions, {
      payer,
      priorityMicroLamports,
      signal,
    })
    this.#signatures.push(sent.signature)
  }
}
