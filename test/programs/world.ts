/** A network on chain with peers, committees and accounts, to test the programs against. */
import assert from 'node:assert/strict'
import {
  createAssociatedTokenAccountIdempotentInstruction,
  createInitializeMint2Instruction,
  createMintToInstruction,
  getAssociatedTokenAddressSync,
  MINT_SIZE,
  TOKEN_PROGRAM_ID,
} from '@solana/spl-token'
import { type Keypair, type PublicKey, SystemProgram, type TransactionInstruction } from '@solana/web3.js'
import type { Signature } from '#programs/client/ed25519.ts'
import * as payments from '#programs/client/payments.ts'
import { type WeftPrograms, weftPrograms } from '#programs/client/programs.ts'
import {
  type BalanceRecord,
  type CommitteeRecord,
  type CreditAccountRecord,
  decodeBalance,
  decodeCommittee,
  decodeCreditAccount,
  decodeLedger,
  decodeNetwork,
  decodeNode,
  decodeSeats,
  type LedgerRecord,
  type NetworkRecord,
  type NodeRecord,
  type SeatRecord,
} from '#programs/client/read.ts'
import { creditAccountAddress, vaultAddress } from '#programs/client/receipt-pdas.ts'
import * as receipts from '#programs/client/receipts.ts'
import * as registry from '#programs/client/registry.ts'
import {
  chainDomain,
  committeeAddress,
  networkAddress,
  nodeAddress,
  seatsAddress,
} from '#programs/client/registry-pdas.ts'
import { balanceAddress, ledgerAddress } from '#programs/client/splitter-pdas.ts'
import { proveTotal, totalsRoot } from '#protocol/credits/totals.ts'
import { utf8 } from '#protocol/wire/hash.ts'
import { encodeHeader, type Header } from '#protocol/wire/header.ts'
import { leafHash, nodeHash } from '#protocol/wire/merkle.ts'
import { checkConservation, type Holding, holdings } from './conservation.ts'
import { nameOf } from './transaction.ts'
import { namedKey, type Outcome, signatureOf, Vm } from './vm.ts'

export const RULES: registry.NetworkRules = {
  minStake: 1_000n,
  epochSlots: 100n,
  withdrawSlots: 50n,
  withdrawSeconds: 60n,
  unbondingSlots: 400n,
  unbondingSeconds: 600n,
  forceSlots: 30n,
  registrationLamports: 1_000_000n,
  crankLamports: 10_000n,
  feeBps: 250,
}

export interface Peer {
  readonly key: Keypair
  readonly owner: Keypair
}

export interface Totals {
  readonly root: Uint8Array
  readonly rest: Uint8Array
  readonly totals: ReadonlyMap<string, bigint>
}

export interface Setup {
  readonly peers: number
  readonly networkId: string
  readonly rules: registry.NetworkRules
  readonly vm: Vm
  /** False leaves epoch 0 running. */
  readonly begun: boolean
}

/** What a header says beyond the account's last settled one. */
export type HeaderChanges = Partial<Omit<Header, 'account'>>

/** What a cluster takes. */
const TRANSACTION_BYTES = 1_232
/** Two compute-budget instructions and their program's id. */
const BUDGET_BYTES = 32 + 8 + 12
const TOKEN_AMOUNT_AT = 64
/** Where a network's account says how much stake was slashed and not swept. */
const SLASHED_AT = 8 + 5 * 32 + 9 * 8 + 2 + 2 * 8 + 4 + 32

export class World {
  readonly vm: Vm
  readonly programs: WeftPrograms
  readonly networkId: string
  readonly network: PublicKey
  readonly domain: Uint8Array
  readonly mint = namedKey('mint')
  readonly treasury = namedKey('treasury')
  readonly rules: registry.NetworkRules
  readonly #tokens = new Map<string, PublicKey>()

  private constructor(vm: Vm, networkId: string, rules: registry.NetworkRules) {
    this.vm = vm
    this.networkId = networkId
    this.rules = rules
    this.network = networkAddress(networkId)
    this.domain = chainDomain(networkId)
    this.programs = weftPrograms(vm.connection())
  }

  /** A network with its token, and `peers` staked peers of different owners that serve from epoch 1, which has begun. */
  static async create({
    peers = 4,
    networkId = 'test',
    rules = RULES,
    vm = new Vm(),
    begun = true,
  }: Partial<Setup> = {}): Promise<World> {
    const world = new World(vm, networkId, rules)
    await world.#createNetwork()
    for (let i = 0; i < peers; i++) await world.join(world.peer(i))
    if (begun) await world.nextEpoch()
    return world
  }

  peer(i: number): Peer {
    return { key: namedKey(`peer ${i}`), owner: namedKey(`owner ${i}`) }
  }

  tokensOf(owner: PublicKey): PublicKey {
    const name = nameOf(owner)
    const known = this.#tokens.get(name)
    const address = known ?? getAssociatedTokenAddressSync(this.mint.publicKey, owner, true)
    this.#tokens.set(name, address)
    return address
  }

  get stakeVault(): PublicKey {
    return this.tokensOf(this.network)
  }

  get vaultTokens(): PublicKey {
    return this.tokensOf(vaultAddress(this.network))
  }

  /** Sends and expects no refusal. */
  pass(
    instructions: TransactionInstruction | readonly TransactionInstruction[],
    signers: readonly Keypair[] = [],
  ): Outcome {
    const outcome = this.vm.send([instructions].flat(), signers)
    assert.equal(outcome.refusal, undefined, `refused: ${JSON.stringify(outcome.refusal)}\n${outcome.logs.join('\n')}`)
    const bytes = outcome.bytes + BUDGET_BYTES
    assert(bytes <= TRANSACTION_BYTES, `${bytes} bytes do not fit a transaction`)
    return outcome
  }

  /** Sends and expects to be refused with `name`. */
  refused(
    name: string,
    instructions: TransactionInstruction | readonly TransactionInstruction[],
    signers: readonly Keypair[] = [],
  ): void {
    const outcome = this.vm.send([instructions].flat(), signers)
    assert.equal(outcome.refusal?.name, name, `got ${JSON.stringify(outcome.refusal)}\n${outcome.logs.join('\n')}`)
  }

  /** A wallet with lamports and `tokens` of the mint. */
  wallet(name: string, tokens = 1_000_000n): Keypair {
    const wallet = namedKey(name)
    this.vm.airdrop(wallet.publicKey)
    this.#mintTo(wallet.publicKey, tokens)
    return wallet
  }

  async join({ key, owner }: Peer, seats = 1): Promise<void> {
    this.wallet(`owner of ${key.publicKey.toBase58()}`, 0n)
    this.vm.airdrop(owner.publicKey)
    this.#mintTo(owner.publicKey, 100_000n)
    const keys = { network: this.network, peer: key.publicKey, owner: owner.publicKey }
    this.pass(await registry.register(this.programs, keys, new Uint8Array(32)), [owner, key])
    const amount = this.rules.minStake * BigInt(seats)
    const from = { source: this.tokensOf(owner.publicKey), stakeVault: this.stakeVault, amount }
    this.pass(await registry.stake(this.programs, keys, from), [owner])
    for (let i = 0; i < seats; i++)
      this.pass(await registry.takeSeat(this.programs, keys, this.seats().length), [owner])
  }

  /** Renews every held seat and turns the crank. If the epoch is over, when nobody may renew, that of the next epoch. */
  async nextEpoch(): Promise<void> {
    await this.catchUp()
    await this.renewAll()
    this.vm.advance(Number(this.rules.epochSlots) + 1, Number(this.rules.epochSlots))
    await this.crank()
  }

  /** Turns the crank until the epoch is one that is not over. */
  async catchUp(): Promise<void> {
    while (this.vm.slot >= Number(this.chain().epochStart + this.rules.epochSlots)) {
      this.vm.advance(1, 1)
      await this.crank()
    }
  }

  async crank(): Promise<void> {
    const cranker = namedKey('cranker')
    this.pass(await registry.advanceEpoch(this.programs, this.network, cranker.publicKey), [cranker])
  }

  async renewAll(): Promise<void> {
    for (const [i, seat] of this.seats().entries()) {
      const signer = findKey(seat.peer)
      if (!seat.held || signer === undefined || this.node(seat.peer)?.slashed !== false) continue
      const keys = { network: this.network, peer: seat.peer, signer: seat.peer }
      this.pass(await registry.renewSeats(this.programs, keys, [i]), [signer])
    }
  }

  /** An open, funded, authorised account in the current epoch, with its committee pinned and its ledger open. */
  async account(
    name: string,
    { deposit = 100_000n, authorised = 100_000n, pinned = true, capacity = 16 } = {},
  ): Promise<Keypair> {
    const wallet = this.wallet(name)
    const at = this.at(wallet)
    this.pass(await receipts.openAccount(this.programs, this.network, wallet.publicKey), [wallet])
    const from = {
      payer: wallet.publicKey,
      source: this.tokensOf(wallet.publicKey),
      tokens: this.vaultTokens,
      amount: deposit,
    }
    if (deposit > 0n) this.pass(await receipts.deposit(this.programs, at, from), [wallet])
    this.pass(await receipts.authorise(this.programs, at, { owner: wallet.publicKey, limit: authorised }), [wallet])
    await this.openLedger(wallet.publicKey, capacity)
    if (pinned) {
      await this.nextEpoch()
      await this.pin(wallet.publicKey)
    }
    return wallet
  }

  at(wallet: Keypair): receipts.AccountKey {
    return { network: this.network, key: wallet.publicKey }
  }

  async openLedger(key: PublicKey, capacity: number): Promise<void> {
    const payer = namedKey('ledger payer')
    this.vm.airdrop(payer.publicKey)
    const ledger = { network: this.network, key, opened: this.credit(key).opened }
    this.pass(await payments.openLedger(this.programs, ledger, { payer: payer.publicKey, capacity }), [payer])
  }

  async openBalance(payee: PublicKey): Promise<void> {
    if (this.balance(payee) !== undefined) return
    const payer = namedKey('ledger payer')
    const instruction = await payments.openBalance(this.programs, {
      network: this.network,
      payee,
      payer: payer.publicKey,
    })
    this.pass(instruction, [payer])
  }

  async pin(key: PublicKey): Promise<Outcome> {
    const payer = namedKey('pin payer')
    this.vm.airdrop(payer.publicKey)
    const epoch = this.chain().epoch
    return this.pass(
      await registry.pinCommittee(this.programs, { network: this.network, key, epoch, payer: payer.publicKey }),
      [payer],
    )
  }

  /** The header that follows the account's settled one, with `changes`. */
  header(key: PublicKey, changes: HeaderChanges = {}): Uint8Array {
    const credit = this.credit(key)
    return encodeHeader({
      domain: this.domain,
      account: key.toBase58(),
      stateRoot: new Uint8Array(32),
      epoch: Number(credit.epoch),
      height: Number(credit.height) + 1,
      timeMs: Number(credit.timeMs) + 1,
      spent: credit.spent,
      reserved: 0n,
      lastSeq: Number(credit.lastSeq),
      rulesVersion: 1,
      sealed: false,
      ...changes,
    })
  }

  /** Signatures over `bytes` by the first `count` witnesses of the account's committee. */
  sign(key: PublicKey, bytes: Uint8Array, count = this.committee(key).q): Signature[] {
    return this.committee(key)
      .witnesses.slice(0, count)
      .map((witness) => signWith(witness, bytes))
  }

  /** Instructions that settle `header` with a quorum's signatures. */
  settlement(
    key: PublicKey,
    header: Uint8Array,
    signatures = this.sign(key, header),
  ): Promise<TransactionInstruction[]> {
    return receipts.settle(
      this.programs,
      { network: this.network, key },
      { header, epoch: this.credit(key).epoch, signatures },
    )
  }

  /** Settles `totals` as the account's new state. */
  async settleTotals(
    key: PublicKey,
    totals: ReadonlyMap<string, bigint>,
    changes: HeaderChanges = {},
  ): Promise<Totals> {
    const state = stateOf(totals)
    let spent = 0n
    for (const total of totals.values()) spent += total
    const header = this.header(key, { stateRoot: state.root, spent, ...changes })
    this.pass(await this.settlement(key, header))
    return state
  }

  async claim(key: PublicKey, state: Totals, payee: PublicKey): Promise<TransactionInstruction> {
    const proven = proveTotal(state.totals, payee.toBase58())
    assert(proven)
    const ledger = { network: this.network, key, opened: this.credit(key).opened }
    return payments.claim(this.programs, ledger, { payee, total: proven.total, proof: proven.proof, rest: state.rest })
  }

  chain(): NetworkRecord {
    return decodeNetwork(this.programs, this.#must(this.network))
  }

  seats(): SeatRecord[] {
    return decodeSeats(this.#must(seatsAddress(this.network)))
  }

  node(peer: PublicKey): NodeRecord | undefined {
    const data = this.vm.data(nodeAddress(this.network, peer))
    return data && decodeNode(this.programs, data)
  }

  credit(key: PublicKey): CreditAccountRecord {
    return decodeCreditAccount(this.programs, this.#must(creditAccountAddress(this.network, key)))
  }

  committee(key: PublicKey, epoch = this.credit(key).epoch): CommitteeRecord {
    return decodeCommittee(this.programs, this.#must(committeeAddress(this.network, key, epoch)))
  }

  balance(payee: PublicKey): BalanceRecord | undefined {
    const data = this.vm.data(balanceAddress(this.network, payee))
    return data && decodeBalance(this.programs, data)
  }

  ledger(key: PublicKey): LedgerRecord {
    return decodeLedger(this.#must(ledgerAddress(creditAccountAddress(this.network, key), this.credit(key).opened)))
  }

  /** Tokens in a token account; 0 if there is none. */
  tokens(account: PublicKey): bigint {
    const data = this.vm.data(account)
    return data === undefined ? 0n : Buffer.from(data).readBigUInt64LE(TOKEN_AMOUNT_AT)
  }

  /** Throws unless every unit of credits and stake is accounted for; returns what everybody holds. */
  checkConservation(): ReadonlyMap<string, Holding> {
    const held = holdings(this.vm, this.network)
    const [vault, stake] = [this.tokens(this.vaultTokens), this.tokens(this.stakeVault)]
    checkConservation(held, {
      vault,
      stake,
      slashed: Buffer.from(this.#must(this.network)).readBigUInt64LE(SLASHED_AT),
    })
    return held
  }

  async #createNetwork(): Promise<void> {
    const admin = namedKey('admin')
    this.vm.airdrop(admin.publicKey)
    this.vm.airdrop(namedKey('cranker').publicKey)
    const create = (owner: PublicKey) =>
      createAssociatedTokenAccountIdempotentInstruction(
        admin.publicKey,
        this.tokensOf(owner),
        owner,
        this.mint.publicKey,
      )
    if (this.vm.data(this.mint.publicKey) === undefined) {
      const lamports = Number(this.vm.svm.minimumBalanceForRentExemption(BigInt(MINT_SIZE)))
      const newAccountPubkey = this.mint.publicKey
      const space = MINT_SIZE
      this.pass(
        [
          SystemProgram.createAccount({
            fromPubkey: admin.publicKey,
            newAccountPubkey,
            space,
            lamports,
            programId: TOKEN_PROGRAM_ID,
          }),
          createInitializeMint2Instruction(this.mint.publicKey, 6, admin.publicKey, null),
        ],
        [admin, this.mint],
      )
    }
    this.pass([create(this.network), create(vaultAddress(this.network)), create(this.treasury.publicKey)], [admin])
    const { networkId, rules, stakeVault } = this
    const init = {
      networkId,
      rules,
      payer: admin.publicKey,
      treasury: this.treasury.publicKey,
      mint: this.mint.publicKey,
      stakeVault,
    }
    this.pass(await registry.initNetwork(this.programs, init), [admin])
    const vault = { network: this.network, payer: admin.publicKey, tokens: this.vaultTokens }
    this.pass(await receipts.initVault(this.programs, vault), [admin])
    await this.openBalanceBy(this.treasury.publicKey, admin)
  }

  async openBalanceBy(payee: PublicKey, payer: Keypair): Promise<void> {
    this.vm.airdrop(namedKey('ledger payer').publicKey)
    this.pass(await payments.openBalance(this.programs, { network: this.network, payee, payer: payer.publicKey }), [
      payer,
    ])
  }

  #mintTo(owner: PublicKey, amount: bigint): void {
    const admin = namedKey('admin')
    const tokens = this.tokensOf(owner)
    this.pass(
      [
        createAssociatedTokenAccountIdempotentInstruction(admin.publicKey, tokens, owner, this.mint.publicKey),
        createMintToInstruction(this.mint.publicKey, tokens, admin.publicKey, amount),
      ],
      [admin],
    )
  }

  #must(address: PublicKey): Uint8Array {
    const data = this.vm.data(address)
    assert(data, `no account at ${address.toBase58()}`)
    return data
  }
}

/** State root over `totals` and fixed other parts. */
export function stateOf(totals: ReadonlyMap<string, bigint>, jobsRoot = leafHash(utf8('jobs'))): Totals {
  const rest = nodeHash(jobsRoot, leafHash(utf8('weft-metmeta')))
  return { root: nodeHash(totalsRoot(totals), rest), rest, totals }
}

/** Signature by the named key behind `witness`. */
export function signWith(witness: PublicKey, bytes: Uint8Array): Signature {
  const key = findKey(witness)
  assert(key, `${witness.toBase58()} is no test key`)
  return { key: witness.toBytes(), signature: signatureOf(key, bytes) }
}

/** Peers that a test may have. */
export const PEERS_MAX = 24

/** The peers' key pairs by public key: what a test may sign with. */
function findKey(key: PublicKey): Keypair | undefined {
  peerKeys ??= Array.from({ length: PEERS_MAX }, (_, i) => namedKey(`peer ${i}`))
  return peerKeys.find((candidate) => candidate.publicKey.equals(key))
}

let peerKeys: readonly Keypair[] | undefined
