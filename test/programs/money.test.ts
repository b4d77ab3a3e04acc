import assert from 'node:assert/strict'
import { Keypair, PublicKey, SystemProgram } from '@solana/web3.js'
import { toBN } from '#programs/client/numbers.ts'
import * as payments from '#programs/client/payments.ts'
import { creditAccountAddress, jobAccountKey, vaultAddress } from '#programs/client/receipt-pdas.ts'
import * as receipts from '#programs/client/receipts.ts'
import { balanceAddress, cashierAddress, ledgerAddress } from '#programs/client/splitter-pdas.ts'
import { totalsRoot } from '#protocol/credits/totals.ts'
import { concat, utf8 } from '#protocol/wire/hash.ts'
import { leafHash, merkleProof, merkleRoot } from '#protocol/wire/merkle.ts'
import { namedKey } from './vm.ts'
import { RULES, stateOf, type Totals, World } from './world.ts'

describe('claims', () => {
  it('pays lifetime total minus paid, the fee kept back, and a second claim nothing', async () => {
    const { world, key, payees, state } = await earned([1_000n, 3_000n])
    const [a, b] = payees
    assert(a && b)
    world.pass(await world.claim(key, state, a))
    assert.equal(world.balance(a)?.credited, 975n)
    world.refused('nothingToClaim', await world.claim(key, state, a))
    world.pass(await world.claim(key, state, b))
    const next = await world.settleTotals(key, new Map([...state.totals, [a.toBase58(), 1_001n]]))
    world.pass(await world.claim(key, next, a))
    assert.equal(world.balance(a)?.credited, 976n, 'a step of 1 is below the fee')
    const ledger = { network: world.network, key, opened: world.credit(key).opened }
    world.pass(await payments.collectFees(world.programs, ledger, world.treasury.publicKey))
    world.refused('noFees', await payments.collectFees(world.programs, ledger, world.treasury.publicKey))
    assert.equal(world.balance(world.treasury.publicKey)?.credited, 100n)
    world.checkConservation()
  })

  it('takes the fee on lifetime totals: claiming often costs as much as claiming once', async () => {
    const { world, key, payees } = await earned([30n])
    const [a] = payees
    assert(a)
    for (const total of [30n, 60n, 90n, 120n]) {
      const state = await world.settleTotals(key, new Map([[a.toBase58(), total]]))
      world.pass(await world.claim(key, state, a))
    }
    assert.equal(world.balance(a)?.credited, 117n, '2.5 % of 120, although 2.5 % of 30 is less than a unit')
    world.checkConservation()
  })

  it('pays all payees inline, in the order of the tree, each once', async () => {
    const { world, key, payees, state } = await earned([10n, 20n, 30n, 40n, 50n])
    const totals = payees.map((payee) => ({ payee, total: state.totals.get(payee.toBase58()) ?? 0n }))
    const ledger = { network: world.network, key, opened: world.credit(key).opened }
    const inline = await payments.claimInline(world.programs, ledger, { totals, rest: state.rest })
    const swapped = { ...inline, keys: [...inline.keys.slice(0, 2), ...inline.keys.slice(2).toReversed()] }
    world.refused('payeesNotInOrder', swapped as typeof inline)
    const [first, second] = totals
    assert(first && second)
    const twice = await payments.claimInline(world.programs, ledger, {
      totals: [first, first, second],
      rest: state.rest,
    })
    assert(world.vm.send([twice]).refusal, 'a duplicated mutable account')
    const more = totals.map((entry) => ({ ...entry, total: entry.total + 1n }))
    world.refused('beyondSpent', await payments.claimInline(world.programs, ledger, { totals: more, rest: state.rest }))
    const fewer = totals.map((entry, i) => ({ ...entry, total: entry.total - (i === 0 ? 1n : 0n) }))
    world.refused('notInState', await payments.claimInline(world.programs, ledger, { totals: fewer, rest: state.rest }))
    const some = totals.slice(1)
    world.refused('notInState', await payments.claimInline(world.programs, ledger, { totals: some, rest: state.rest }))
    world.pass(inline)
    world.refused('nothingToClaim', inline)
    assert.equal(world.ledger(key).claimed, 150n)
    world.checkConservation()
  })

  it('refuses a proof of another total, payee, place or state', async () => {
    const { world, key, payees, state } = await earned([1_000n, 3_000n, 5_000n])
    const [a, b] = payees
    assert(a && b)
    const ledger = { network: world.network, key, opened: world.credit(key).opened }
    const path = merkleProof(orderedLeaves(state), 0)
    const base = { payee: a, total: 1_000n, proof: path, rest: state.rest }
    for (const init of [
      { ...base, total: 1_001n },
      { ...base, proof: { ...path, index: 1 } },
      { ...base, proof: { ...path, size: 4 } },
      { ...base, proof: { ...path, path: path.path.slice(1) } },
      { ...base, proof: { ...path, path: [...path.path, new Uint8Array(32)] } },
      { ...base, rest: new Uint8Array(32) },
    ]) {
      world.refused('notInState', await payments.claim(world.programs, ledger, init))
    }
    await world.settleTotals(key, new Map([...state.totals, [a.toBase58(), 1_500n]]))
    world.refused('notInState', await world.claim(key, state, b))
  })

  it('never pays more than was settled, whatever a dishonest quorum signs, and never less than before', async () => {
    const { world, key, payees, state } = await earned([1_000n])
    const [a] = payees
    assert(a)
    world.pass(await world.claim(key, state, a))
    const inflated = stateOf(new Map([[a.toBase58(), 50_000n]]))
    world.pass(await world.settlement(key, world.header(key, { stateRoot: inflated.root })))
    world.refused('beyondSpent', await world.claim(key, inflated, a))
    const shrunk = stateOf(new Map([[a.toBase58(), 999n]]))
    world.pass(await world.settlement(key, world.header(key, { stateRoot: shrunk.root })))
    world.refused('totalFalls', await world.claim(key, shrunk, a))
    world.checkConservation()
  })

  it('keeps networks, accounts and ledgers apart', async () => {
    const { world, key, payees, state } = await earned([1_000n])
    const [a] = payees
    assert(a)
    const second = await World.create({ networkId: 'second', vm: world.vm, peers: 0 })
    await second.openBalance(a)
    const other = await world.account('other', { pinned: false })
    const { splitter } = world.programs
    const account = creditAccountAddress(world.network, key)
    const accounts = {
      account,
      ledger: ledgerAddress(account, world.credit(key).opened),
      balance: balanceAddress(world.network, a),
    }
    const proof = { index: 0, size: 1, path: [], rest: [...state.rest] }
    const build = (changed: Partial<typeof accounts>) =>
      splitter.methods
        .claim(bn(1_000), proof)
        .accountsStrict({ ...accounts, ...changed })
        .instruction()
    world.refused('wrongNetwork', await build({ balance: balanceAddress(second.network, a) }))
    const otherAccount = creditAccountAddress(world.network, other.publicKey)
    world.refused(
      'wrongLedger',
      await build({ ledger: ledgerAddress(otherAccount, world.credit(other.publicKey).opened) }),
    )
    world.refused('wrongLedger', await build({ account: otherAccount }))
    assert(world.vm.send([await build({ ledger: accounts.balance })]).refusal, 'type cosplay')
    const copy = namedKey('copied ledger').publicKey
    const data = world.vm.data(accounts.ledger)
    assert(data)
    world.vm.forge(copy, { owner: namedKey('another program').publicKey, data })
    assert(world.vm.send([await build({ ledger: copy })]).refusal, 'owner')
    world.pass(await build({}))
  })

  it('holds the list of a long tree, grows it, and refuses when it is full', async () => {
    const world = await World.create()
    const poster = await world.account('poster', { capacity: 1 })
    const payees = [0, 1].map((i) => namedKey(`payee ${i}`).publicKey)
    for (const payee of payees) await world.openBalance(payee)
    const [a, b] = payees
    assert(a && b)
    const state = await world.settleTotals(poster.publicKey, new Map(payees.map((payee) => [payee.toBase58(), 7n])))
    world.pass(await world.claim(poster.publicKey, state, a))
    world.refused('ledgerFull', await world.claim(poster.publicKey, state, b))
    const payer = namedKey('ledger payer')
    const ledger = { ...world.at(poster), opened: world.credit(poster.publicKey).opened }
    world.pass(await payments.growLedger(world.programs, ledger, { payer: payer.publicKey, more: 3 }), [payer])
    assert.equal(world.ledger(poster.publicKey).capacity, 4)
    world.pass(await world.claim(poster.publicKey, state, b))
  })
})

describe('balances', () => {
  it('pays tokens out to the payee only, once, and funds accounts without moving a token', async () => {
    const { world, key, payees, state } = await earned([1_000n])
    const [a] = payees
    assert(a)
    const payee = namedKey('payee 0')
    world.wallet('payee 0', 0n)
    world.pass(await world.claim(key, state, a))
    const out = (amount: bigint, destination = world.tokensOf(a)) =>
      payments.withdrawBalance(world.programs, world.network, {
        payee: a,
        amount,
        tokens: world.vaultTokens,
        destination,
      })
    world.refused('notEnough', await out(976n), [payee])
    world.refused('zeroAmount', await out(0n), [payee])
    world.refused('constraintDuplicateMutableAccount', await out(5n, world.vaultTokens), [payee])
    const thief = world.wallet('thief', 0n)
    const stolen = await world.programs.splitter.methods
      .withdrawBalance(bn(5))
      .accountsStrict({
        payee: thief.publicKey,
        balance: balanceAddress(world.network, a),
        cashier: cashierAddress(world.network),
        vault: vaultAddress(world.network),
        tokens: world.vaultTokens,
        destination: world.tokensOf(thief.publicKey),
        tokenProgram: (await out(1n)).keys[6]?.pubkey ?? PublicKey.default,
        jobReceipt: world.programs.receipt.programId,
      })
      .instruction()
    world.refused('notPayee', stolen, [thief])
    world.pass(await out(475n), [payee])
    assert.equal(world.tokens(world.tokensOf(a)), 475n)
    const before = world.tokens(world.vaultTokens)
    world.pass(
      await payments.fundAccount(world.programs, { network: world.network, key }, { payee: a, amount: 500n }),
      [payee],
    )
    assert.equal(world.tokens(world.vaultTokens), before)
    world.refused('notEnough', await out(1n), [payee])
    const payer = namedKey('ledger payer').publicKey
    world.pass(await payments.closeBalance(world.programs, { network: world.network, payee: a, payer }), [payee])
    world.checkConservation()
  })

  it("lets nobody but the splitter's cashier move credits in job_receipt", async () => {
    const { world, key } = await earned([1_000n])
    const thief = world.wallet('thief', 0n)
    const { receipt } = world.programs
    const tokenProgram = (
      await receipts.deposit(
        world.programs,
        { network: world.network, key },
        { payer: thief.publicKey, source: thief.publicKey, tokens: world.vaultTokens, amount: 1n },
      )
    ).keys[5]?.pubkey
    assert(tokenProgram)
    const rest = {
      vault: vaultAddress(world.network),
      tokens: world.vaultTokens,
      destination: world.tokensOf(thief.publicKey),
      tokenProgram,
    }
    const payOut = await receipt.methods
      .payOut(bn(5))
      .accountsStrict({ cashier: thief.publicKey, ...rest })
      .instruction()
    assert(world.vm.send([payOut], [thief]).refusal)
    const unsigned = await receipt.methods
      .payOut(bn(5))
      .accountsStrict({ cashier: cashierAddress(world.network), ...rest })
      .instruction()
    for (const meta of unsigned.keys) meta.isSigner = false
    assert(world.vm.send([unsigned]).refusal)
    const credit = await receipt.methods
      .credit(bn(5))
      .accountsStrict({ cashier: thief.publicKey, account: creditAccountAddress(world.network, key) })
      .instruction()
    assert(world.vm.send([credit], [thief]).refusal)
    world.checkConservation()
  })
})

describe('withdrawals', () => {
  it('waits for slots and time, and settlement in between goes first', async () => {
    const world = await World.create()
    const poster = await world.account('poster', { deposit: 1_000n })
    const at = world.at(poster)
    const owner = poster.publicKey
    const withdraw = await receipts.withdraw(world.programs, at, {
      owner,
      tokens: world.vaultTokens,
      destination: world.tokensOf(owner),
    })
    world.refused('nothingPending', withdraw, [poster])
    world.refused('beyondDeposits', await receipts.requestWithdrawal(world.programs, at, { owner, amount: 1_001n }), [
      poster,
    ])
    world.pass(await receipts.requestWithdrawal(world.programs, at, { owner, amount: 900n }), [poster])
    world.vm.advance(Number(RULES.withdrawSlots), 0)
    world.refused('stillWaiting', withdraw, [poster])
    world.vm.advance(0, Number(RULES.withdrawSeconds) - 1)
    world.refused('stillWaiting', withdraw, [poster])
    world.pass(await world.settlement(owner, world.header(owner, { spent: 600n })))
    world.vm.advance(0, 1)
    const before = world.tokens(world.tokensOf(owner))
    world.pass(withdraw, [poster])
    assert.equal(world.tokens(world.tokensOf(owner)) - before, 400n, 'what settlement left')
    world.refused('nothingPending', withdraw, [poster])
    world.refused('beyondDeposits', await world.settlement(owner, world.header(owner, { spent: 601n })))
    world.checkConservation()
  })

  it('pays the owner only, and a transfer waits as long', async () => {
    const world = await World.create()
    const poster = await world.account('poster', { deposit: 1_000n })
    const friend = await world.account('friend', { deposit: 0n, pinned: false })
    const thief = world.wallet('thief')
    const at = world.at(poster)
    world.refused(
      'notOwner',
      await receipts.requestWithdrawal(world.programs, at, { owner: thief.publicKey, amount: 1n }),
      [thief],
    )
    world.pass(await receipts.requestWithdrawal(world.programs, at, { owner: poster.publicKey, amount: 300n }), [
      poster,
    ])
    const transfer = await receipts.transfer(world.programs, at, { owner: poster.publicKey, to: friend.publicKey })
    world.refused('stillWaiting', transfer, [poster])
    const self = await receipts.transfer(world.programs, at, { owner: poster.publicKey, to: poster.publicKey })
    assert(world.vm.send([self], [poster]).refusal, 'a duplicated mutable account')
    world.vm.advance(60, 60)
    const stolen = { owner: thief.publicKey, tokens: world.vaultTokens, destination: world.tokensOf(thief.publicKey) }
    world.refused('notOwner', await receipts.withdraw(world.programs, at, stolen), [thief])
    const unsigned = await receipts.withdraw(world.programs, at, { ...stolen, owner: poster.publicKey })
    for (const meta of unsigned.keys) meta.isSigner = false
    assert(world.vm.send([unsigned]).refusal, 'missing signature')
    const fakeToken = await receipts.withdraw(world.programs, at, { ...stolen, owner: poster.publicKey })
    const last = fakeToken.keys.at(-1)
    assert(last)
    last.pubkey = world.programs.splitter.programId
    assert(world.vm.send([fakeToken], [poster]).refusal, 'arbitrary program')
    const wrongVault = {
      owner: poster.publicKey,
      tokens: world.stakeVault,
      destination: world.tokensOf(poster.publicKey),
    }
    world.refused('wrongVault', await receipts.withdraw(world.programs, at, wrongVault), [poster])
    world.pass(transfer, [poster])
    assert.equal(world.credit(friend.publicKey).deposited, 300n)
    world.refused('nothingPending', transfer, [poster])
    world.checkConservation()
  })

  it('is not hindered by lamports at addresses that are still free, and a closed account stays closed', async () => {
    const world = await World.create({ peers: 1 })
    const owner = world.wallet('griefed')
    const at = world.at(owner)
    const address = creditAccountAddress(world.network, owner.publicKey)
    world.vm.airdrop(address)
    world.pass(await receipts.openAccount(world.programs, world.network, owner.publicKey), [owner])
    const opened = world.credit(owner.publicKey).opened
    const close = await receipts.closeAccount(world.programs, at, { owner: owner.publicKey, opened })
    const revive = SystemProgram.transfer({
      fromPubkey: owner.publicKey,
      toPubkey: address,
      lamports: 10_000_000,
    })
    const authorise = await receipts.authorise(world.programs, at, { owner: owner.publicKey, limit: 1n })
    assert(world.vm.send([close, revive, authorise], [owner]).refusal, 'used after closing, in one transaction')
    world.pass([close, revive], [owner])
    assert.equal(world.vm.data(address)?.length, 0)
    world.pass(await receipts.openAccount(world.programs, world.network, owner.publicKey), [owner])
    assert.equal(world.credit(owner.publicKey).authorised, 0n)
  })

  it('lets everybody leave: accounts, ledgers and balances close, rent comes back, and old headers stay dead', async () => {
    const { world, key, payees, state } = await earned([1_000n])
    const [a] = payees
    const poster = namedKey('poster')
    assert(a)
    const at = world.at(poster)
    const opened = world.credit(key).opened
    const owner = key
    const old = await world.settlement(key, world.header(key, { spent: 1_500n }))
    const close = await receipts.closeAccount(world.programs, at, { owner, opened })
    world.refused('creditsLeft', close, [poster])
    await withdrawAll(world, poster)
    world.refused('claimsLeft', close, [poster])
    world.pass(await world.claim(key, state, a))
    const payer = namedKey('ledger payer').publicKey
    const ledger = { ...at, opened }
    const closeLedger = await payments.closeLedger(world.programs, ledger, payer)
    world.pass(await payments.collectFees(world.programs, ledger, world.treasury.publicKey))
    world.refused('accountOpen', closeLedger)
    const before = world.vm.lamports(owner)
    world.pass(close, [poster])
    assert(world.vm.lamports(owner) > before)
    world.checkConservation()
    assert(world.vm.send(old).refusal, 'a closed account settles nothing')
    world.pass(await receipts.openAccount(world.programs, world.network, owner), [poster])
    assert(world.vm.send(old).refusal, 'nor does its next life')
    world.pass(closeLedger)
    world.checkConservation()
  })

  it('keeps two lives of one account apart: the second starts at nothing, beside what the first left unclosed', async () => {
    const { world, key, payees, state } = await earned([1_000n])
    const poster = namedKey('poster')
    const at = world.at(poster)
    const { opened } = world.credit(key)
    await withdrawAll(world, poster)
    for (const payee of payees) world.pass(await world.claim(key, state, payee))
    world.pass(await receipts.closeAccount(world.programs, at, { owner: key, opened }), [poster])
    world.checkConservation()
    await world.nextEpoch()
    world.pass(await receipts.openAccount(world.programs, world.network, key), [poster])
    assert.notEqual(world.credit(key).opened, opened)
    world.checkConservation()
    world.pass(await payments.collectFees(world.programs, { ...at, opened }, world.treasury.publicKey))
    const payer = namedKey('ledger payer').publicKey
    world.pass(await payments.closeLedger(world.programs, { ...at, opened }, payer))
    world.checkConservation()
  })
})

describe('one-job accounts', () => {
  it('escrows a job, settles it by its own log, proves the record and refunds the rest', async () => {
    const { world, owner, job, key, deadline } = await escrow()
    await world.nextEpoch()
    await world.pin(key)
    const payee = world.wallet('payee 0', 0n)
    await world.openBalance(payee.publicKey)
    await world.openLedger(key, 4)
    const record = utf8('canonical job record')
    const leaves = [leafHash(concat(utf8('weft-job'), record)), leafHash(utf8('another'))]
    const state = stateOf(new Map([[payee.publicKey.toBase58(), 400n]]), merkleRoot(leaves))
    world.pass(await world.settlement(key, world.header(key, { stateRoot: state.root, spent: 400n })))
    const proof = {
      record,
      proof: merkleProof(leaves, 0),
      metaLeaf: leafHash(utf8('weft-metmeta')),
      totalsRoot: leafHash(new Uint8Array()),
    }
    const at = { network: world.network, key }
    world.refused('notInState', await receipts.completeJob(world.programs, at, proof))

    const complete = await receipts.completeJob(world.programs, at, { ...proof, totalsRoot: totalsRoot(state.totals) })
    assert(world.pass(complete).logs.some((line) => line.startsWith('Program data:')))
    world.refused(
      'notInState',
      await receipts.completeJob(world.programs, at, {
        ...proof,
        totalsRoot: totalsRoot(state.totals),
        record: utf8('forged'),
      }),
    )
    world.pass(await world.claim(key, state, payee.publicKey))
    const refund = await receipts.refundJob(world.programs, at, {
      tokens: world.vaultTokens,
      destination: world.tokensOf(owner.publicKey),
    })
    world.refused('nothingPending', refund)
    const stranger = world.wallet('stranger', 0n)
    const cancel = await receipts.cancelJob(world.programs, at, stranger.publicKey)
    world.vm.advance(0, deadline - world.vm.seconds)
    world.refused('deadlineNotPassed', cancel, [stranger])
    world.vm.advance(0, 1)
    world.pass(cancel, [stranger])
    world.vm.advance(Number(RULES.withdrawSlots) - 1, Number(RULES.withdrawSeconds))
    world.refused('alreadyPending', cancel, [stranger])
    world.refused('stillWaiting', refund)
    world.vm.advance(1, 0)
    const thief = world.wallet('thief', 0n)
    const theft = await receipts.refundJob(world.programs, at, {
      tokens: world.vaultTokens,
      destination: world.tokensOf(thief.publicKey),
    })
    world.refused('notTheOwnersTokens', theft)
    const before = world.tokens(world.tokensOf(owner.publicKey))
    world.pass(refund)
    assert.equal(world.tokens(world.tokensOf(owner.publicKey)) - before, 600n)
    world.refused('nothingPending', refund)
    const opened = world.credit(key).opened
    world.pass(await receipts.closeAccount(world.programs, at, { owner: owner.publicKey, opened }), [owner])
    assert.equal(job.length, 32)
    world.checkConservation()
  })

  it('cancels after the delay, and settlement or refund cannot pay the same credits twice', async () => {
    const { world, owner, key } = await escrow()
    await world.nextEpoch()
    await world.pin(key)
    const at = { network: world.network, key }
    const thief = world.wallet('thief', 0n)
    world.refused('deadlineNotPassed', await receipts.cancelJob(world.programs, at, thief.publicKey), [thief])
    world.pass(await receipts.cancelJob(world.programs, at, owner.publicKey), [owner])
    const destination = world.tokensOf(owner.publicKey)
    const withdraw = await receipts.withdraw(world.programs, at, {
      owner: owner.publicKey,
      tokens: world.vaultTokens,
      destination,
    })
    world.refused('stillWaiting', withdraw, [owner])
    const settle = await world.settlement(key, world.header(key, { spent: 700n }))
    world.vm.advance(Number(RULES.withdrawSlots), Number(RULES.withdrawSeconds))
    world.pass(await receipts.refundJob(world.programs, at, { tokens: world.vaultTokens, destination }))
    world.refused('nothingPending', withdraw, [owner])
    world.refused('beyondDeposits', settle)
    world.checkConservation()
  })

  it('refuses a key that is not the hash of network, owner and job, and a deadline that has passed', async () => {
    const world = await World.create({ peers: 1 })
    const owner = world.wallet('job owner', 5_000n)
    const job = new Uint8Array(32).fill(1)
    const source = world.tokensOf(owner.publicKey)
    const good = {
      domain: world.domain,
      owner: owner.publicKey,
      job,
      amount: 5n,
      deadline: BigInt(world.vm.seconds + 10),
      source,
      tokens: world.vaultTokens,
    }
    const past = { ...good, deadline: BigInt(world.vm.seconds) }
    world.refused('deadlinePassed', await receipts.createJob(world.programs, world.network, past), [owner])
    world.refused('zeroAmount', await receipts.createJob(world.programs, world.network, { ...good, amount: 0n }), [
      owner,
    ])
    const victim = Keypair.generate().publicKey
    const squat = await receipts.createJob(world.programs, world.network, good)
    const forged = await world.programs.receipt.methods
      .createJob([...victim.toBytes()], [...job], bn(5), bn(world.vm.seconds + 10))
      .accountsStrict({
        owner: owner.publicKey,
        network: world.network,
        account: creditAccountAddress(world.network, victim),
        vault: vaultAddress(world.network),
        source,
        tokens: world.vaultTokens,
        tokenProgram: squat.keys[6]?.pubkey ?? PublicKey.default,
        systemProgram: squat.keys[7]?.pubkey ?? PublicKey.default,
      })
      .instruction()
    world.refused('wrongKey', forged, [owner])
    world.pass(squat, [owner])
    assert(world.vm.send([squat], [owner]).refusal, 'initialised twice')
    world.refused(
      'notAJob',
      await receipts.cancelJob(world.programs, world.at(await world.account('plain')), namedKey('plain').publicKey),
      [namedKey('plain')],
    )
  })
})

async function earned(amounts: readonly bigint[]) {
  const world = await World.create()
  const poster = await world.account('poster')
  const key = poster.publicKey
  const payees = amounts.map((_, i) => namedKey(`payee ${i}`).publicKey)
  for (const payee of payees) await world.openBalance(payee)
  const totals = new Map(payees.map((payee, i) => [payee.toBase58(), amounts[i] ?? 0n]))
  const state = await world.settleTotals(key, totals)
  return { world, key, payees, state }
}

async function escrow() {
  const world = await World.create()
  const owner = world.wallet('job owner', 5_000n)
  const job = new Uint8Array(32).fill(9)
  const deadline = world.vm.seconds + 10_000
  const source = world.tokensOf(owner.publicKey)
  const init = {
    domain: world.domain,
    owner: owner.publicKey,
    job,
    amount: 1_000n,
    deadline: BigInt(deadline),
    source,
    tokens: world.vaultTokens,
  }
  world.pass(await receipts.createJob(world.programs, world.network, init), [owner])
  return { world, owner, job, deadline, key: jobAccountKey(world.domain, owner.publicKey, job) }
}

async function withdrawAll(world: World, wallet: Keypair): Promise<void> {
  const owner = wallet.publicKey
  const credit = world.credit(owner)
  const amount = credit.deposited - credit.withdrawn - credit.spent
  world.pass(await receipts.requestWithdrawal(world.programs, world.at(wallet), { owner, amount }), [wallet])
  world.vm.advance(60, 60)
  const out = { owner, tokens: world.vaultTokens, destination: world.tokensOf(owner) }
  world.pass(await receipts.withdraw(world.programs, world.at(wallet), out), [wallet])
}

function orderedLeaves({ totals }: Totals): Uint8Array[] {
  const ordered = [...totals].map(([payee, total]) => ({ key: new PublicKey(payee).toBytes(), total }))
  ordered.sort((a, b) => Buffer.compare(a.key, b.key))
  return ordered.map(({ key, total }) => {
    const amount = new Uint8Array(8)
    new DataView(amount.buffer).setBigUint64(0, total, true)
    return leafHash(concat(utf8('weft-tot'), key, amount))
  })
}

function bn(value: number) {
  return toBN(BigInt(value))
}
