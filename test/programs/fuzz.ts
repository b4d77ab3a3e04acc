/**
 * Random instructions from honest and hostile callers against one network, with conservation checked after each transaction
 * (S4, S5). Committees are hostile too: a quorum may sign any header. The same seed gives the same steps.
 */
import assert from 'node:assert/strict'
import { type Keypair, PublicKey, type TransactionInstruction } from '@solana/web3.js'
import { verifyEach } from '#programs/client/ed25519.ts'
import * as payments from '#programs/client/payments.ts'
import { creditAccountAddress, jobAccountKey, vaultAddress } from '#programs/client/receipt-pdas.ts'
import * as receipts from '#programs/client/receipts.ts'
import * as registry from '#programs/client/registry.ts'
import { committeeAddress, nodeAddress, seatsAddress } from '#programs/client/registry-pdas.ts'
import { balanceAddress, cashierAddress, ledgerAddress } from '#programs/client/splitter-pdas.ts'
import { checkNobodyRobbed, type Holding } from './conservation.ts'
import { uniformInt, xorshift32 } from './random.ts'
import { namedKey, type Outcome } from './vm.ts'
import { PEERS_MAX, RULES, signWith, stateOf, type Totals, World } from './world.ts'

export interface FuzzReport {
  /** Transactions sent, and those that passed. */
  readonly sent: number
  readonly passed: number
  /** Passed instructions by name. */
  readonly did: ReadonlyMap<string, number>
  readonly refused: ReadonlyMap<string, number>
}

interface Step {
  readonly instructions: readonly TransactionInstruction[]
  readonly signers: readonly Keypair[]
  readonly onPass?: () => void
}

const PEERS = 5

/** Sends `steps` transactions from `seed`; throws at the first state that breaks an invariant, with seed and step. */
export async function fuzz({ seed, steps }: { readonly seed: number; readonly steps: number }): Promise<FuzzReport> {
  const world = await World.create({
    peers: PEERS,
    rules: {
      ...RULES,
      epochSlots: 40n,
      withdrawSlots: 5n,
      withdrawSeconds: 5n,
      unbondingSlots: 12n,
      unbondingSeconds: 12n,
      forceSlots: 4n,
    },
  })
  const fuzzer = new Fuzzer(world, seed)
  await fuzzer.prepare()
  for (let step = 0; fuzzer.sent < steps; step++) {
    try {
      await fuzzer.step()
    } catch (error) {
      throw new Error(`fuzz seed ${seed} step ${step}`, { cause: error })
    }
  }
  return { sent: fuzzer.sent, passed: fuzzer.passed, did: fuzzer.did, refused: fuzzer.refused }
}

class Fuzzer {
  sent = 0
  passed = 0
  readonly did = new Map<string, number>()
  #steps = 0
  #peers = PEERS
  readonly refused = new Map<string, number>()
  readonly #world: World
  readonly #next: (bound: number) => number
  readonly #wallets = [0, 1, 2].map((i) => namedKey(`fuzz wallet ${i}`))
  readonly #payees = [0, 1, 2, 3].map((i) => namedKey(`fuzz payee ${i}`))
  readonly #thief = namedKey('fuzz thief')
  readonly #states = new Map<string, Totals[]>()
  readonly #jobs: PublicKey[] = []
  readonly #recent: Step[] = []
  #held: ReadonlyMap<string, Holding> = new Map()

  constructor(world: World, seed: number) {
    this.#world = world
    const random = xorshift32(seed)
    this.#next = (bound) => uniformInt(random, bound)
  }

  async prepare(): Promise<void> {
    const world = this.#world
    world.wallet('fuzz thief', 0n)
    for (let i = 0; i < 4; i++) {
      world.wallet(`fuzz payee ${i}`, 0n)
      await world.openBalance(namedKey(`fuzz payee ${i}`).publicKey)
    }
    for (let i = 0; i < 3; i++)
      await world.account(`fuzz wallet ${i}`, { deposit: 10_000n, authorised: 5_000n, pinned: false })
    await world.nextEpoch()
    for (const wallet of this.#wallets) await world.pin(wallet.publicKey)
    world.vm.onSent = (outcome) => this.#check(outcome)
  }

  /** One random transaction, or time that passes; now and then what keeps the network going comes first. */
  async step(): Promise<void> {
    if (this.#steps++ % 50 === 0) await this.#tend()
    const step = await this.#choose()
    if (step === undefined) return
    const before = this.#held
    const outcome = this.#world.vm.send(step.instructions, step.signers)
    if (outcome.refusal === undefined) step.onPass?.()
    this.#recent.push(step)
    if (this.#recent.length > 64) this.#recent.shift()
    if (outcome.refusal === undefined && step.signers.every((signer) => signer === this.#thief))
      checkNobodyRobbed(before, this.#held)
    assert.equal(this.#world.tokens(this.#world.tokensOf(this.#thief.publicKey)), 0n, 'the thief got tokens')
  }

  /** After each transaction, also those of the honest: counts it, and accounts for every unit. */
  #check({ refusal, logs }: Outcome): void {
    this.sent++
    this.#held = this.#world.checkConservation()
    if (refusal !== undefined) {
      this.refused.set(refusal.name, (this.refused.get(refusal.name) ?? 0) + 1)
      return
    }
    this.passed++
    for (const line of logs) {
      const name = /^Program log: Instruction: (\w+)$/.exec(line)?.[1]
      if (name !== undefined) this.did.set(name, (this.did.get(name) ?? 0) + 1)
    }
  }

  async #choose(): Promise<Step | undefined> {
    const kinds = [
      () => this.#settle(),
      () => this.#settle(),
      () => this.#settleAnything(),
      () => this.#claim(),
      () => this.#claim(),
      () => this.#claimInline(),
      () => this.#deposit(),
      () => this.#withdrawal(),
      () => this.#withdrawal(),
      () => this.#balance(),
      () => this.#job(),
      () => this.#epoch(),
      () => this.#member(),
      () => this.#life(),
      () => this.#replay(),
      () => this.#hostile(),
      () => this.#hostile(),
      () => this.#wait(),
    ]
    return this.#pick(kinds)()
  }

  /** What honest peers do all the time: begin epochs, seal, force what is stuck, pin, renew, and replace who was slashed. */
  async #tend(): Promise<void> {
    const world = this.#world
    const left = Number(world.chain().epochStart + world.rules.epochSlots) + 1 - world.vm.slot
    world.vm.advance(Math.max(1, left), Math.max(1, left))
    await world.crank()
    await world.catchUp()
    for (const key of [...this.#wallets.map((wallet) => wallet.publicKey), ...this.#jobs]) {
      if (!this.#alive(key)) continue
      await this.#replenish(key)
      await this.#followEpoch(key)
    }
    const serving = world.seats().filter((seat) => seat.held && seat.until >= world.chain().epoch)
    if (serving.length < 4 && this.#peers < PEERS_MAX) await world.join(world.peer(this.#peers++))
    await world.renewAll()
    if (this.#next(4) === 0) await this.#leaveAndReturn(this.#pick(this.#wallets))
  }

  /** A wallet takes everything out, pays everybody, closes its account and opens it again; a hostile quorum may have made that impossible. */
  async #leaveAndReturn(owner: Keypair): Promise<void> {
    const { programs, network, vm, vaultTokens: tokens, treasury } = this.#world
    const key = owner.publicKey
    if (!this.#alive(key)) return
    const at = { network, key }
    const { deposited, withdrawn, spent, opened } = this.#world.credit(key)
    const ledger = this.#ledger(key)
    vm.send(
      [await receipts.requestWithdrawal(programs, at, { owner: key, amount: deposited - withdrawn - spent })],
      [owner],
    )
    vm.advance(6, 6)
    const destination = this.#world.tokensOf(key)
    vm.send([await receipts.withdraw(programs, at, { owner: key, tokens, destination })], [owner])
    const state = this.#states.get(key.toBase58())?.at(-1)
    for (const payee of state?.totals.keys() ?? [])
      if (state !== undefined) vm.send([await this.#world.claim(key, state, new PublicKey(payee))])
    vm.send([await payments.collectFees(programs, ledger, treasury.publicKey)])
    vm.send([await receipts.closeAccount(programs, at, { owner: key, opened })], [owner])
    if (this.#next(2) === 0) vm.send([await payments.closeLedger(programs, ledger, namedKey('ledger payer').publicKey)])
    if (this.#alive(key)) return
    this.#states.delete(key.toBase58())
    vm.send([await receipts.openAccount(programs, network, key)], [owner])
  }

  /** Brings an account into the network's epoch: by a seal if it has a committee, by force if not. */
  async #followEpoch(key: PublicKey): Promise<void> {
    const world = this.#world
    const at = { network: world.network, key }
    const { epoch, stateRoot, forceSinceSlot } = world.credit(key)
    const payer = namedKey('cranker')
    if (epoch < world.chain().epoch) {
      if (this.#ready(key)) {
        world.vm.send(await world.settlement(key, world.header(key, { sealed: true, stateRoot })))
        const old = { ...at, epoch, payer: world.committee(key, epoch).payer }
        world.vm.send([await registry.closeCommittee(world.programs, old)])
      } else if (forceSinceSlot === 0n) world.vm.send([await receipts.requestForceEpoch(world.programs, at)])
      else world.vm.send([await receipts.forceEpoch(world.programs, at)])
    }
    if (world.credit(key).epoch !== world.chain().epoch || this.#ready(key)) return
    const init = { ...at, epoch: world.chain().epoch, payer: payer.publicKey }
    world.vm.send([await registry.pinCommittee(world.programs, init)], [payer])
  }

  /** Keeps an account able to pay, and payable from. */
  async #replenish(key: PublicKey): Promise<void> {
    const { programs, network, vm, vaultTokens: tokens } = this.#world
    const ledger = this.#ledger(key)
    const payer = namedKey('ledger payer')
    if (vm.data(ledgerAddress(creditAccountAddress(network, key), ledger.opened)) === undefined)
      vm.send([await payments.openLedger(programs, ledger, { payer: payer.publicKey, capacity: 4 })], [payer])
    const credit = this.#world.credit(key)
    const owner = this.#wallets.find((wallet) => wallet.publicKey.equals(credit.owner))
    if (owner === undefined || credit.deposited - credit.withdrawn - credit.spent > 1_000n) return
    const at = { network, key }
    const from = { payer: owner.publicKey, source: this.#world.tokensOf(owner.publicKey), tokens, amount: 3_000n }
    vm.send([await receipts.deposit(programs, at, from)], [owner])
    vm.send(
      [await receipts.authorise(programs, at, { owner: owner.publicKey, limit: credit.authorised + 2_000n })],
      [owner],
    )
  }

  /** Mostly an honest state one step further; sometimes one signature short or of another epoch. */
  async #settle(): Promise<Step | undefined> {
    const key = this.#key()
    if (!this.#ready(key)) return undefined
    const world = this.#world
    const credit = world.credit(key)
    const before = this.#states.get(key.toBase58())?.at(-1)?.totals ?? new Map<string, bigint>()
    const payee = this.#pick(this.#payees).publicKey.toBase58()
    const totals = new Map([...before, [payee, (before.get(payee) ?? 0n) + BigInt(this.#next(400))]])
    let spent = 0n
    for (const total of totals.values()) spent += total
    const state = stateOf(totals)
    const epoch = Number(credit.epoch) + (this.#next(20) === 0 ? 1 : 0)
    const header = world.header(key, { stateRoot: state.root, spent, sealed: this.#next(12) === 0, epoch })
    const q = world.committee(key).q
    const instructions = await world.settlement(key, header, world.sign(key, header, this.#next(8) === 0 ? q - 1 : q))
    return { instructions, signers: [], onPass: () => this.#keep(key, state) }
  }

  /** A quorum that signs whatever it likes. */
  async #settleAnything(): Promise<Step | undefined> {
    const key = this.#pick([...this.#wallets.slice(2).map((wallet) => wallet.publicKey), ...this.#jobs])
    if (!this.#ready(key)) return undefined
    const world = this.#world
    const totals = new Map(this.#payees.map((payee) => [payee.publicKey.toBase58(), BigInt(this.#next(20_000))]))
    const state = stateOf(totals)
    const header = world.header(key, {
      stateRoot: state.root,
      spent: BigInt(this.#next(12_000)),
      height: this.#next(60),
      sealed: this.#next(4) === 0,
    })
    return { instructions: await world.settlement(key, header), signers: [], onPass: () => this.#keep(key, state) }
  }

  /** Remembers the last settled states: claims are made from them, the old ones included. */
  #keep(key: PublicKey, state: Totals): void {
    this.#states.set(key.toBase58(), [...(this.#states.get(key.toBase58()) ?? []).slice(-4), state])
  }

  async #claim(): Promise<Step | undefined> {
    const key = this.#key()
    const state = this.#state(key)
    if (state === undefined || !this.#alive(key)) return undefined
    const payee = this.#pick([...state.totals.keys()])
    return { instructions: [await this.#world.claim(key, state, new PublicKey(payee))], signers: [] }
  }

  async #claimInline(): Promise<Step | undefined> {
    const key = this.#key()
    const state = this.#state(key)
    if (state === undefined || !this.#alive(key)) return undefined
    const totals = [...state.totals].map(([payee, total]) => ({ payee: new PublicKey(payee), total }))
    const init = { totals: this.#next(8) === 0 ? totals.slice(1) : totals, rest: state.rest }
    return { instructions: [await payments.claimInline(this.#world.programs, this.#ledger(key), init)], signers: [] }
  }

  async #deposit(): Promise<Step> {
    const world = this.#world
    const payer = this.#pick(this.#wallets)
    const key = this.#key()
    const at = { network: world.network, key }
    if (this.#next(3) === 0) {
      const limit = BigInt(this.#next(20_000))
      return {
        instructions: [await receipts.authorise(world.programs, at, { owner: payer.publicKey, limit })],
        signers: [payer],
      }
    }
    const init = {
      payer: payer.publicKey,
      source: world.tokensOf(payer.publicKey),
      tokens: world.vaultTokens,
      amount: BigInt(this.#next(2_000)),
    }
    return { instructions: [await receipts.deposit(world.programs, at, init)], signers: [payer] }
  }

  async #withdrawal(): Promise<Step> {
    const world = this.#world
    const owner = this.#pick(this.#wallets)
    const at = { network: world.network, key: this.#next(4) === 0 ? this.#key() : owner.publicKey }
    const tokens = { tokens: world.vaultTokens, destination: world.tokensOf(owner.publicKey) }
    const instruction = await this.#pick([
      () =>
        receipts.requestWithdrawal(world.programs, at, { owner: owner.publicKey, amount: BigInt(this.#next(3_000)) }),
      () => receipts.withdraw(world.programs, at, { owner: owner.publicKey, ...tokens }),
      () => receipts.transfer(world.programs, at, { owner: owner.publicKey, to: this.#key() }),
    ])()
    return { instructions: [instruction], signers: [owner] }
  }

  async #balance(): Promise<Step> {
    const world = this.#world
    const payee = this.#pick([...this.#payees, world.treasury])
    const amount = BigInt(this.#next(600))
    const destination = world.tokensOf(payee.publicKey)
    const key = this.#key()
    const instruction = await this.#pick([
      () =>
        payments.withdrawBalance(world.programs, world.network, {
          payee: payee.publicKey,
          amount,
          tokens: world.vaultTokens,
          destination,
        }),
      () => payments.fundAccount(world.programs, { network: world.network, key }, { payee: payee.publicKey, amount }),
      () => payments.collectFees(world.programs, this.#ledger(key), world.treasury.publicKey),
    ])()
    return { instructions: [instruction], signers: instruction.keys.some((meta) => meta.isSigner) ? [payee] : [] }
  }

  async #job(): Promise<Step> {
    const world = this.#world
    const owner = this.#pick(this.#wallets)
    const tokens = { tokens: world.vaultTokens, destination: world.tokensOf(owner.publicKey) }
    if (this.#jobs.length < 6 && this.#next(2) === 0) {
      const job = new Uint8Array(32).fill(this.#jobs.length + 1)
      const deadline = BigInt(world.vm.seconds + this.#next(60))
      const init = {
        domain: world.domain,
        owner: owner.publicKey,
        job,
        amount: BigInt(this.#next(500)),
        deadline,
        source: world.tokensOf(owner.publicKey),
        tokens: world.vaultTokens,
      }
      this.#jobs.push(jobAccountKey(world.domain, owner.publicKey, job))
      return { instructions: [await receipts.createJob(world.programs, world.network, init)], signers: [owner] }
    }
    const at = { network: world.network, key: this.#jobs.length > 0 ? this.#pick(this.#jobs) : owner.publicKey }
    if (this.#next(2) === 0)
      return { instructions: [await receipts.cancelJob(world.programs, at, owner.publicKey)], signers: [owner] }
    return { instructions: [await receipts.refundJob(world.programs, at, tokens)], signers: [] }
  }

  async #epoch(): Promise<Step> {
    const world = this.#world
    const at = { network: world.network, key: this.#key() }
    const cranker = namedKey('cranker')
    const choice = this.#next(5)
    if (choice === 0) return { instructions: [await receipts.requestForceEpoch(world.programs, at)], signers: [] }
    if (choice === 1) return { instructions: [await receipts.forceEpoch(world.programs, at)], signers: [] }
    if (choice === 2)
      return {
        instructions: [await registry.advanceEpoch(world.programs, world.network, cranker.publicKey)],
        signers: [cranker],
      }
    const init = { ...at, epoch: world.chain().epoch, payer: cranker.publicKey }
    return { instructions: [await registry.pinCommittee(world.programs, init)], signers: [cranker] }
  }

  async #member(): Promise<Step> {
    const world = this.#world
    const { key, owner } = world.peer(this.#next(PEERS))
    const keys = { network: world.network, peer: key.publicKey, owner: owner.publicKey }
    const signed = { network: world.network, peer: key.publicKey, signer: owner.publicKey }
    const seat = this.#next(world.seats().length + 1)
    const stake = {
      source: world.tokensOf(owner.publicKey),
      stakeVault: world.stakeVault,
      amount: BigInt(this.#next(1_500)),
    }
    if (this.#next(12) === 0) return this.#equivocate(key.publicKey)
    const instruction = await this.#pick([
      () => registry.stake(world.programs, keys, stake),
      () => registry.unstake(world.programs, keys, BigInt(this.#next(1_500))),
      () =>
        registry.withdrawStake(world.programs, keys, {
          stakeVault: world.stakeVault,
          destination: world.tokensOf(owner.publicKey),
        }),
      () => registry.takeSeat(world.programs, keys, seat),
      () => registry.renewSeats(world.programs, signed, [seat]),
      () => registry.renewSeats(world.programs, signed, [seat]),
      () => registry.releaseSeat(world.programs, signed, seat),
    ])()
    return { instructions: [instruction], signers: [owner] }
  }

  async #equivocate(peer: PublicKey): Promise<Step> {
    const key = this.#pick(this.#wallets).publicKey
    const headers = [1, 2].map((n) =>
      this.#alive(key) ? this.#world.header(key, { spent: BigInt(n) }) : new Uint8Array(160),
    )
    const verify = verifyEach(headers.map((message) => ({ ...signWith(peer, message), message })))
    return {
      instructions: [verify, await registry.slash(this.#world.programs, this.#world.network, peer)],
      signers: [],
    }
  }

  /** Closing and opening again. */
  async #life(): Promise<Step | undefined> {
    const world = this.#world
    const owner = this.#pick(this.#wallets)
    const key = owner.publicKey
    if (!this.#alive(key)) {
      this.#states.delete(key.toBase58())
      return { instructions: [await receipts.openAccount(world.programs, world.network, key)], signers: [owner] }
    }
    const payer = namedKey('ledger payer')
    const opened = world.credit(key).opened
    const instruction = await this.#pick([
      () => receipts.closeAccount(world.programs, { network: world.network, key }, { owner: key, opened }),
      () => payments.closeLedger(world.programs, this.#ledger(key), payer.publicKey),
      () => payments.openLedger(world.programs, this.#ledger(key), { payer: payer.publicKey, capacity: 4 }),
    ])()
    return {
      instructions: [instruction],
      signers: [owner, payer].filter((signer) =>
        instruction.keys.some((meta) => meta.isSigner && meta.pubkey.equals(signer.publicKey)),
      ),
    }
  }

  async #replay(): Promise<Step | undefined> {
    return this.#recent.length === 0 ? undefined : this.#pick(this.#recent)
  }

  /** A recent transaction taken over by the thief: other accounts, other bytes, no signature but its own. */
  async #hostile(): Promise<Step | undefined> {
    if (this.#recent.length === 0) return undefined
    const { instructions } = this.#pick(this.#recent)
    const thief = this.#thief.publicKey
    const known = this.#knownAddresses()
    const changed = instructions.map((instruction) => {
      const keys = instruction.keys.map((meta) => {
        const pubkey = this.#next(6) === 0 ? this.#pick(known) : meta.pubkey
        return meta.isSigner
          ? this.#next(2) === 0
            ? { ...meta, pubkey: thief }
            : { ...meta, isSigner: false }
          : { ...meta, pubkey }
      })
      const data = Buffer.from(instruction.data)
      if (this.#next(3) === 0 && data.length > 8) data[8 + this.#next(data.length - 8)] = this.#next(256)
      return { programId: instruction.programId, keys, data }
    })
    return {
      instructions: changed,
      signers: changed.some(({ keys }) => keys.some((meta) => meta.isSigner)) ? [this.#thief] : [],
    }
  }

  async #wait(): Promise<undefined> {
    const slots = this.#next(15)
    this.#world.vm.advance(slots, slots)
  }

  #knownAddresses(): PublicKey[] {
    const { network, vaultTokens, stakeVault } = this.#world
    const thief = this.#thief.publicKey
    const keys = this.#wallets.map((wallet) => wallet.publicKey)
    return [
      network,
      vaultTokens,
      stakeVault,
      thief,
      this.#world.tokensOf(thief),
      seatsAddress(network),
      vaultAddress(network),
      cashierAddress(network),
      nodeAddress(network, this.#world.peer(0).key.publicKey),
      ...keys.map((key) => creditAccountAddress(network, key)),
      ...keys.map((key) => ledgerAddress(creditAccountAddress(network, key), 1n)),
      ...keys.map((key) => committeeAddress(network, key, 2n)),
      ...this.#payees.map((payee) => balanceAddress(network, payee.publicKey)),
    ]
  }

  #key(): PublicKey {
    return this.#pick([...this.#wallets.map((wallet) => wallet.publicKey), ...this.#jobs])
  }

  #alive(key: PublicKey): boolean {
    return this.#world.vm.data(creditAccountAddress(this.#world.network, key)) !== undefined
  }

  /** True if the account's committee is pinned. */
  #ready(key: PublicKey): boolean {
    if (!this.#alive(key)) return false
    return this.#world.vm.data(committeeAddress(this.#world.network, key, this.#world.credit(key).epoch)) !== undefined
  }

  #state(key: PublicKey): Totals | undefined {
    const states = (this.#states.get(key.toBase58()) ?? []).filter((state) => state.totals.size > 0)
    return states.length === 0 ? undefined : this.#next(3) === 0 ? this.#pick(states) : states.at(-1)
  }

  #ledger(key: PublicKey): payments.LedgerKey {
    return { network: this.#world.network, key, opened: this.#alive(key) ? this.#world.credit(key).opened : 0n }
  }

  #pick<T>(options: readonly T[]): T {
    const option = options[this.#next(options.length)]
    assert(option !== undefined)
    return option
  }
}
