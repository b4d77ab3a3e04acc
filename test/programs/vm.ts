/** The programs in a Solana VM inside this process, and transactions against them. */
import { readFileSync } from 'node:fs'
import { type Connection, Keypair, PublicKey, type TransactionInstruction } from '@solana/web3.js'
import { Account, Clock, FailedTransactionMetadata, LiteSvm } from 'litesvm/dist/internal.js'
import { type Refusal, refusalOf } from '#programs/client/errors.ts'
import { JOB_RECEIPT_ID, NODE_REGISTRY_ID, PAYMENT_SPLITTER_ID } from '#programs/client/programs.ts'
import { sha256, utf8 } from '#protocol/wire/hash.ts'
import { type Signer, signerFromSeed } from '#protocol/wire/keys.ts'
import { nameOf, transactionBytes } from './transaction.ts'

export interface Outcome {
  /** Undefined if the transaction passed. */
  readonly refusal: Refusal | undefined
  readonly logs: readonly string[]
  readonly computeUnits: number
  readonly bytes: number
}

/** An account of one of the programs; `address` names it, not for people. */
interface Owned {
  readonly address: string
  readonly data: Buffer
}

const PROGRAMS = [NODE_REGISTRY_ID, JOB_RECEIPT_ID, PAYMENT_SPLITTER_ID].map((id) => id.toBuffer())
const SLOTS_KEPT = 512

/** One VM with a clock of its own: nothing moves unless told to. */
export class Vm {
  readonly svm = new LiteSvm()
  /** Told of each transaction, once it has run. */
  onSent: (outcome: Outcome) => void = () => {}
  slot = 1_000
  seconds = 1_800_000_000
  readonly #payer = namedKey('payer')
  /** Accounts of the programs as they were last read, and those that may have changed since. */
  readonly #owned = new Map<string, Owned>()
  readonly #touched = new Map<string, PublicKey>()

  constructor() {
    this.svm.setTransactionHistory(0n)
    this.svm.setBlockhashCheck(false)
    // That every signer's key is at hand is checked as a transaction is made: it takes a fraction of the time.
    this.svm.setSigverify(false)
    for (const [name, id] of [
      ['node_registry', NODE_REGISTRY_ID],
      ['job_receipt', JOB_RECEIPT_ID],
      ['payment_splitter', PAYMENT_SPLITTER_ID],
    ] as const) {
      this.svm.addProgram(id.toBytes(), programBytes(name))
    }
    this.airdrop(this.#payer.publicKey)
    this.advance(0, 0)
  }

  /** Lets chain slots and seconds pass. */
  advance(slots: number, seconds: number): void {
    this.slot += slots
    this.seconds += seconds
    this.svm.setClock(new Clock(BigInt(this.slot), 0n, 0n, 1n, BigInt(this.seconds)))
    const newest = this.slot - 1
    this.svm.setSlotHashes(Array.from({ length: SLOTS_KEPT }, (_, i) => slotHash(newest - i)))
  }

  airdrop(key: PublicKey): void {
    this.svm.airdrop(key.toBytes(), 1_000_000_000_000n)
  }

  /** Runs one transaction, paid by a wallet that plays no other part, or by the first signer if `payer` says so. */
  send(
    instructions: readonly TransactionInstruction[],
    signers: readonly Keypair[] = [],
    payer: Keypair = this.#payer,
  ): Outcome {
    const raw = transactionBytes(instructions, [payer, ...signers])
    const result = this.svm.sendLegacyTransaction(raw)
    const failed = result instanceof FailedTransactionMetadata
    const meta = failed ? result.meta() : result
    const logs = meta.logs()
    if (!failed)
      for (const { keys } of instructions)
        for (const { pubkey, isWritable } of keys) if (isWritable) this.#touched.set(nameOf(pubkey), pubkey)
    const refusal = failed ? refusalOf(logs, /err: (.*?), meta/.exec(result.toString())?.[1] ?? 'unknown') : undefined
    const outcome = { refusal, logs, computeUnits: Number(meta.computeUnitsConsumed()), bytes: raw.length }
    this.onSent(outcome)
    return outcome
  }

  /** What the programs own: an account can only have come into being, or changed, under an address that a transaction wrote. */
  owned(): Iterable<Owned> {
    for (const [address, key] of this.#touched) {
      const account = this.svm.getAccount(key.toBytes())
      const owner = account === null || account.lamports() === 0n ? undefined : Buffer.from(account.owner())
      if (account !== null && owner !== undefined && PROGRAMS.some((program) => owner.equals(program)))
        this.#owned.set(address, { address, data: Buffer.from(account.data()) })
      else this.#owned.delete(address)
    }
    this.#touched.clear()
    return this.#owned.values()
  }

  data(key: PublicKey): Uint8Array | undefined {
    const account = this.svm.getAccount(key.toBytes())
    return account === null || account.lamports() === 0n ? undefined : account.data()
  }

  lamports(key: PublicKey): bigint {
    return this.svm.getBalance(key.toBytes()) ?? 0n
  }

  /** Puts an account where no transaction could: for callers that forge accounts. */
  forge(key: PublicKey, { owner, data }: { owner: PublicKey; data: Uint8Array }): void {
    this.svm.setAccount(key.toBytes(), new Account(10_000_000_000n, data, owner.toBytes(), false, 0n))
  }

  /** What Anchor's client needs to build instructions and read accounts. */
  connection(): Connection {
    const read = async (key: PublicKey) => {
      const account = this.svm.getAccount(key.toBytes())
      if (account === null || account.lamports() === 0n) return { context: { slot: this.slot }, value: null }
      const value = {
        data: Buffer.from(account.data()),
        owner: new PublicKey(account.owner()),
        lamports: Number(account.lamports()),
        executable: account.executable(),
      }
      return { context: { slot: this.slot }, value }
    }
    return { getAccountInfoAndContext: read } as unknown as Connection
  }
}

/** `signer`'s signature over `bytes`. */
export function signatureOf(signer: Keypair, bytes: Uint8Array): Uint8Array {
  const known = signatures.get(signer) ?? signerFromSeed(signer.secretKey.slice(0, 32))
  signatures.set(signer, known)
  return known.sign(bytes)
}

const signatures = new WeakMap<Keypair, Signer>()

/** A key pair that is the same in every run. */
export function namedKey(name: string): Keypair {
  const known = keys.get(name)
  if (known !== undefined) return known
  const key = Keypair.fromSeed(sha256(utf8(`weft test key ${name}`)))
  keys.set(name, key)
  return key
}

const keys = new Map<string, Keypair>()

function slotHash(slot: number): { slot: bigint; hash: string } {
  const known = slotHashes.get(slot)
  if (known !== undefined) return known
  const hash = { slot: BigInt(slot), hash: new PublicKey(sha256(utf8(`slot ${slot}`))).toBase58() }
  if (slotHashes.size >= SLOT_HASHES_MAX) slotHashes.clear()
  slotHashes.set(slot, hash)
  return hash
}

const SLOT_HASHES_MAX = 100_000
const slotHashes = new Map<number, { slot: bigint; hash: string }>()

function programBytes(name: string): Buffer {
  return readFileSync(new URL(`../../programs/deploy/${name}.so`, import.meta.url))
}
