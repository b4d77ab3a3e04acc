/** The programs in a Solana VM inside this process, and transactions against them. */
import { readFileSync } from 'node:fs'
import { type Connection, Keypair, PublicKey, Transaction, type TransactionInstruction } from '@solana/web3.js'
import { Account, Clock, FailedTransactionMetadata, LiteSvm } from 'litesvm/dist/internal.js'
import { type Refusal, refusalOf } from '#programs/client/errors.ts'
import { JOB_RECEIPT_ID, NODE_REGISTRY_ID, PAYMENT_SPLITTER_ID } from '#programs/client/programs.ts'
import { concat, sha256, utf8 } from '#protocol/wire/hash.ts'
import { type Signer, signerFromSeed } from '#protocol/wire/keys.ts'

export interface Outcome {
  /** Undefined if the transaction passed. */
  readonly refusal: Refusal | undefined
  readonly logs: readonly string[]
  readonly computeUnits: number
  readonly bytes: number
}

const SLOTS_KEPT = 512
const BLOCKHASH = '11111111111111111111111111111111'

/** One VM with a clock of its own: nothing moves unless told to. */
export class Vm {
  readonly svm = new LiteSvm()
  slot = 1_000
  seconds = 1_800_000_000
  readonly #payer = namedKey('payer')
  readonly #touched = new Map<string, PublicKey>()

  constructor() {
    this.svm.setTransactionHistory(0n)
    this.svm.setBlockhashCheck(false)
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
    const raw = signedTransaction(instructions, [payer, ...signers])
    const result = this.svm.sendLegacyTransaction(raw)
    const failed = result instanceof FailedTransactionMetadata
    const meta = failed ? result.meta() : result
    const logs = meta.logs()
    if (!failed)
      for (const { keys } of instructions)
        for (const { pubkey, isWritable } of keys) if (isWritable) this.#touched.set(textOf(pubkey), pubkey)
    const refusal = failed ? refusalOf(logs, /err: (.*?), meta/.exec(result.toString())?.[1] ?? 'unknown') : undefined
    return { refusal, logs, computeUnits: Number(meta.computeUnitsConsumed()), bytes: raw.length }
  }

  /** What `programs` own: an account can only have come into being under an address that a transaction wrote. */
  owned(programs: readonly PublicKey[]): { address: string; data: Buffer }[] {
    const owned: { address: string; data: Buffer }[] = []
    for (const [address, key] of this.#touched) {
      const account = this.svm.getAccount(key.toBytes())
      const owner = account === null || account.lamports() === 0n ? undefined : Buffer.from(account.owner())
      if (account !== null && owner !== undefined && programs.some((program) => owner.equals(program.toBuffer())))
        owned.push({ address, data: Buffer.from(account.data()) })
      else this.#touched.delete(address)
    }
    return owned
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

/** A signed transaction's bytes, paid by the first of `signers`. Node's own Ed25519 is a dozen times faster than web3.js's. */
function signedTransaction(instructions: readonly TransactionInstruction[], signers: readonly Keypair[]): Uint8Array {
  const transaction = new Transaction({
    feePayer: signers[0]?.publicKey ?? PublicKey.default,
    recentBlockhash: BLOCKHASH,
  })
  const message = transaction.add(...instructions).compileMessage()
  const bytes = message.serialize()
  const required = message.accountKeys.slice(0, message.header.numRequiredSignatures)
  const signatures = required.map((key) => {
    const signer = signers.find((candidate) => candidate.publicKey.equals(key))
    if (signer === undefined) throw new Error(`nobody signs for ${key.toBase58()}`)
    return signatureOf(signer, bytes)
  })
  return concat(Uint8Array.of(signatures.length), ...signatures, bytes)
}

/** `signer`'s signature over `bytes`. */
export function signatureOf(signer: Keypair, bytes: Uint8Array): Uint8Array {
  const known = signatures.get(signer) ?? signerFromSeed(signer.secretKey.slice(0, 32))
  signatures.set(signer, known)
  return known.sign(bytes)
}

const signatures = new WeakMap<Keypair, Signer>()

function textOf(key: PublicKey): string {
  const text = texts.get(key) ?? key.toBase58()
  texts.set(key, text)
  return text
}

const texts = new WeakMap<PublicKey, string>()

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
