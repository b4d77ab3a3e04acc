/**
 * Accounts in another's place: each instruction is built well, then one account is exchanged for its counterpart on a second
 * network with weaker rules, for another wallet's, or for a thief's. The good one passes at the end, so nothing else was wrong.
 */
import assert from 'node:assert/strict'
import { type Keypair, type PublicKey, SYSVAR_RENT_PUBKEY, TransactionInstruction } from '@solana/web3.js'
import * as payments from '#programs/client/payments.ts'
import { creditAccountAddress, jobAccountKey, vaultAddress } from '#programs/client/receipt-pdas.ts'
import * as receipts from '#programs/client/receipts.ts'
import * as registry from '#programs/client/registry.ts'
import { committeeAddress, nodeAddress, seatsAddress } from '#programs/client/registry-pdas.ts'
import { balanceAddress, ledgerAddress } from '#programs/client/splitter-pdas.ts'
import { namedKey } from './vm.ts'
import { RULES, World } from './world.ts'

const WEAK = {
  ...RULES,
  minStake: 1n,
  withdrawSlots: 0n,
  withdrawSeconds: 0n,
  unbondingSlots: 31n,
  unbondingSeconds: 1n,
}

describe('an account in the place of another', () => {
  it('changes nothing in deposits, withdrawals and transfers', async () => {
    const { world, second, poster, thief } = await scene()
    const at = world.at(poster)
    const owner = poster.publicKey
    const [account, foreign] = [world, second].map((one) => creditAccountAddress(one.network, owner))
    assert(account && foreign)
    const source = world.tokensOf(owner)
    const deposit = await receipts.deposit(world.programs, at, {
      payer: owner,
      source,
      tokens: world.vaultTokens,
      amount: 5n,
    })
    world.refused('wrongVault', swap(deposit, world.vaultTokens, world.tokensOf(thief.publicKey)), [poster])
    const elsewhere = swap(deposit, vaultAddress(world.network), vaultAddress(second.network))
    world.refused('wrongNetwork', swap(elsewhere, world.vaultTokens, second.vaultTokens), [poster])
    world.pass(deposit, [poster])

    const request = await receipts.requestWithdrawal(world.programs, at, { owner, amount: 300n })
    world.refused('notOwner', swap(request, owner, thief.publicKey), [thief])
    world.pass(request, [poster])
    const out = { owner, tokens: world.vaultTokens, destination: source }
    const withdraw = await receipts.withdraw(world.programs, at, out)
    const transfer = await receipts.transfer(world.programs, at, { owner, to: namedKey('friend').publicKey })
    world.refused('wrongNetwork', swap(withdraw, world.network, second.network), [poster])
    world.refused('wrongNetwork', swap(transfer, world.network, second.network), [poster])
    world.vm.advance(Number(RULES.withdrawSlots), Number(RULES.withdrawSeconds))
    world.refused('notOwner', swap(withdraw, owner, thief.publicKey), [thief])
    world.refused('notOwner', swap(transfer, owner, thief.publicKey), [thief])
    const otherVault = swap(withdraw, vaultAddress(world.network), vaultAddress(second.network))
    world.refused('wrongNetwork', swap(otherVault, world.vaultTokens, second.vaultTokens), [poster])
    const friend = creditAccountAddress(world.network, namedKey('friend').publicKey)
    world.refused('wrongNetwork', swap(transfer, friend, foreign), [poster])
    // A new request begins the wait anew.
    world.pass(await receipts.requestWithdrawal(world.programs, at, { owner, amount: 301n }), [poster])
    world.refused('stillWaiting', withdraw, [poster])
    world.vm.advance(Number(RULES.withdrawSlots) - 1, Number(RULES.withdrawSeconds))
    world.refused('stillWaiting', withdraw, [poster])
    world.vm.advance(1, 0)
    world.pass(withdraw, [poster])
    world.checkConservation()
    second.checkConservation()
  })

  it('changes nothing in one-job accounts', async () => {
    const { world, second, poster, thief } = await scene()
    const owner = poster.publicKey
    const job = new Uint8Array(32).fill(4)
    const [source, tokens] = [world.tokensOf(owner), world.vaultTokens]
    const init = {
      domain: world.domain,
      owner,
      job,
      amount: 50n,
      deadline: BigInt(world.vm.seconds + 5),
      source,
      tokens,
    }
    const create = await receipts.createJob(world.programs, world.network, init)
    world.refused('wrongVault', swap(create, tokens, world.tokensOf(thief.publicKey)), [poster])
    const elsewhere = swap(create, vaultAddress(world.network), vaultAddress(second.network))
    world.refused('wrongNetwork', swap(elsewhere, tokens, second.vaultTokens), [poster])
    world.pass(create, [poster])
    const key = jobAccountKey(world.domain, owner, job)
    const at = { network: world.network, key }
    world.pass(await receipts.cancelJob(world.programs, at, owner), [poster])
    const refund = await receipts.refundJob(world.programs, at, { tokens, destination: source })
    world.refused('wrongNetwork', swap(refund, world.network, second.network))
    world.vm.advance(Number(RULES.withdrawSlots), Number(RULES.withdrawSeconds))
    const otherVault = swap(refund, vaultAddress(world.network), vaultAddress(second.network))
    world.refused('wrongNetwork', swap(otherVault, tokens, second.vaultTokens))
    world.pass(await receipts.requestWithdrawal(world.programs, world.at(poster), { owner, amount: 1n }), [poster])
    world.vm.advance(Number(RULES.withdrawSlots), Number(RULES.withdrawSeconds))
    world.refused(
      'notAJob',
      swap(refund, creditAccountAddress(world.network, key), creditAccountAddress(world.network, owner)),
    )
    world.pass(refund)
    const opened = world.credit(key).opened
    const close = await receipts.closeAccount(world.programs, at, { owner, opened })
    world.refused('notOwner', swap(close, owner, thief.publicKey), [thief])
    world.pass(close, [poster])
    world.checkConservation()
  })

  it("changes nothing in claims, and an earlier life's ledger pays nothing", async () => {
    const { world, second, poster, thief, payee } = await scene()
    const key = poster.publicKey
    const payer = namedKey('ledger payer').publicKey
    const state = await world.settleTotals(key, new Map([[payee.publicKey.toBase58(), 1_000n]]))
    const claim = await world.claim(key, state, payee.publicKey)
    world.refused(
      'wrongNetwork',
      swap(claim, balanceAddress(world.network, payee.publicKey), balanceAddress(second.network, payee.publicKey)),
    )
    world.pass(claim)
    const ledger = { ...world.at(poster), opened: world.credit(key).opened }
    const old = ledgerAddress(creditAccountAddress(world.network, key), ledger.opened)
    const collect = await payments.collectFees(world.programs, ledger, world.treasury.publicKey)
    const treasury = world.treasury.publicKey
    world.refused(
      'notTreasury',
      swap(collect, balanceAddress(world.network, treasury), balanceAddress(world.network, payee.publicKey)),
    )
    world.refused(
      'wrongNetwork',
      swap(collect, balanceAddress(world.network, treasury), balanceAddress(second.network, treasury)),
    )
    world.refused('wrongNetwork', swap(collect, world.network, second.network))
    await leave(world, poster)
    const owner = poster.publicKey
    world.pass(await receipts.closeAccount(world.programs, world.at(poster), { owner, opened: ledger.opened }), [
      poster,
    ])
    const closeLedger = await payments.closeLedger(world.programs, ledger, payer)
    world.refused('feesLeft', closeLedger)
    world.pass(collect)
    world.refused('noFees', collect)

    // The next life: a state of its own, and a ledger of its own.
    const again = await world.account('poster', { deposit: 5_000n, authorised: 5_000n })
    const next = await world.settleTotals(again.publicKey, new Map([[payee.publicKey.toBase58(), 1_400n]]))
    const fresh = { ...ledger, opened: world.credit(key).opened }
    const now = ledgerAddress(creditAccountAddress(world.network, key), fresh.opened)
    const claimNow = await world.claim(key, next, payee.publicKey)
    world.refused('wrongLedger', swap(claimNow, now, old))
    const totals = [{ payee: payee.publicKey, total: 1_400n }]
    const inline = await payments.claimInline(world.programs, fresh, { totals, rest: next.rest })
    world.refused('wrongLedger', swap(inline, now, old))
    world.pass(inline)
    const other = await world.account('other')
    const otherLedger = { ...world.at(other), opened: world.credit(other.publicKey).opened }
    const theirs = ledgerAddress(creditAccountAddress(world.network, other.publicKey), otherLedger.opened)
    world.refused('wrongLedger', swap(inline, now, theirs))
    world.pass(await payments.collectFees(world.programs, fresh, treasury))
    const closeFresh = await payments.closeLedger(world.programs, fresh, payer)
    world.refused('accountOpen', closeFresh)
    const account = creditAccountAddress(world.network, key)
    world.refused('wrongLedger', swap(closeFresh, account, creditAccountAddress(world.network, thief.publicKey)))
    world.refused('notThePayer', swap(closeLedger, payer, thief.publicKey))
    world.pass(closeLedger)
    world.checkConservation()
  })

  it('changes nothing in balances', async () => {
    const { world, poster, thief, payee } = await scene()
    const key = poster.publicKey
    const state = await world.settleTotals(key, new Map([[payee.publicKey.toBase58(), 1_000n]]))
    world.pass(await world.claim(key, state, payee.publicKey))
    const fund = await payments.fundAccount(world.programs, world.at(poster), { payee: payee.publicKey, amount: 975n })
    world.refused('notPayee', swap(fund, payee.publicKey, thief.publicKey), [thief])
    const payer = namedKey('ledger payer').publicKey
    const close = await payments.closeBalance(world.programs, {
      network: world.network,
      payee: payee.publicKey,
      payer,
    })
    world.refused('balanceLeft', close, [payee])
    world.pass(fund, [payee])
    world.refused('notPayee', swap(close, payee.publicKey, thief.publicKey), [thief])
    world.refused('notThePayer', swap(close, payer, thief.publicKey), [payee])
    world.pass(close, [payee])
    world.checkConservation()
  })

  it('changes nothing in stake and seats', async () => {
    const { world, second, thief } = await scene()
    const { key, owner } = world.peer(0)
    const keys = { network: world.network, peer: key.publicKey, owner: owner.publicKey }
    const signed = { network: world.network, peer: key.publicKey, signer: owner.publicKey }
    const [source, stakeVault] = [world.tokensOf(owner.publicKey), world.stakeVault]
    const stake = await registry.stake(world.programs, keys, { source, stakeVault, amount: 3_000n })
    world.refused('wrongVault', swap(stake, stakeVault, world.tokensOf(thief.publicKey)), [owner])
    const elsewhere = swap(stake, world.network, second.network)
    world.refused('wrongNetwork', swap(elsewhere, stakeVault, second.stakeVault), [owner])
    world.pass(stake, [owner])
    const [seats, foreign] = [seatsAddress(world.network), seatsAddress(second.network)]
    const take = await registry.takeSeat(world.programs, keys, world.seats().length)
    world.refused('wrongNetwork', swap(take, seats, foreign), [owner])
    world.refused('wrongNetwork', swap(take, world.network, second.network), [owner])
    world.refused('notOwner', swap(take, owner.publicKey, thief.publicKey), [thief])
    world.pass(take, [owner])
    world.refused('notTheSeatsHolder', await registry.renewSeats(world.programs, signed, [1]), [owner])
    world.refused('notTheSeatsHolder', await registry.releaseSeat(world.programs, signed, 1), [owner])
    const release = await registry.releaseSeat(world.programs, signed, 0)
    world.refused('wrongNetwork', swap(release, seats, foreign), [owner])
    const unstake = await registry.unstake(world.programs, keys, 2_000n)
    world.refused('notOwner', swap(unstake, owner.publicKey, thief.publicKey), [thief])
    world.pass(unstake, [owner])
    world.refused(
      'wrongNetwork',
      swap(await registry.unstake(world.programs, keys, 1n), world.network, second.network),
      [owner],
    )
    const withdraw = await registry.withdrawStake(world.programs, keys, { stakeVault, destination: source })
    world.vm.advance(Number(RULES.unbondingSlots) - 1, Number(RULES.unbondingSeconds))
    const cheap = swap(withdraw, world.network, second.network)
    world.refused('wrongNetwork', swap(cheap, stakeVault, second.stakeVault), [owner])
    world.refused('stillUnbonding', withdraw, [owner])
    world.vm.advance(1, 0)
    world.refused('notOwner', swap(withdraw, owner.publicKey, thief.publicKey), [thief])
    world.refused('wrongVault', swap(withdraw, stakeVault, second.stakeVault), [owner])
    // More that unbonds begins the wait anew.
    await world.nextEpoch()
    world.pass(await registry.releaseSeat(world.programs, signed, world.seats().length - 1), [owner])
    await world.nextEpoch()
    world.pass(await registry.unstake(world.programs, keys, 1_000n), [owner])
    world.vm.advance(0, Number(RULES.unbondingSeconds))
    world.refused('stillUnbonding', withdraw, [owner])
    world.vm.advance(Number(RULES.unbondingSlots), 0)
    world.pass(withdraw, [owner])
    world.checkConservation()
    second.checkConservation()
  })

  it('changes nothing in epochs and committees', async () => {
    const { world, second, poster, thief } = await scene()
    const cranker = namedKey('cranker')
    const crank = await registry.advanceEpoch(world.programs, world.network, cranker.publicKey)
    await world.renewAll()
    world.vm.advance(Number(RULES.epochSlots) + 1, 100)
    const hashes = crank.keys[3]?.pubkey
    assert(hashes)
    world.refused('beaconMissed', swap(crank, hashes, SYSVAR_RENT_PUBKEY), [cranker])
    const forged = namedKey('forged hashes').publicKey
    world.vm.forge(forged, { owner: namedKey('x').publicKey, data: forgedHashes(world.vm.slot) })
    world.refused('beaconMissed', swap(crank, hashes, forged), [cranker])
    world.refused('wrongNetwork', swap(crank, seatsAddress(world.network), seatsAddress(second.network)), [cranker])
    world.pass(crank, [cranker])
    const key = poster.publicKey
    world.pass(await world.settlement(key, world.header(key, { sealed: true })))
    const [epoch, payer] = [world.chain().epoch, namedKey('pin payer')]
    const pin = await registry.pinCommittee(world.programs, { ...world.at(poster), epoch, payer: payer.publicKey })
    world.refused('wrongNetwork', swap(pin, seatsAddress(world.network), seatsAddress(second.network)), [payer])
    const foreign = creditAccountAddress(second.network, key)
    world.refused('wrongAccount', swap(pin, creditAccountAddress(world.network, key), foreign), [payer])
    world.pass(pin, [payer])
    world.pass(await world.settlement(key, world.header(key, { sealed: true, spent: 1n })))
    const close = await registry.closeCommittee(world.programs, { ...world.at(poster), epoch, payer: payer.publicKey })
    world.refused('notThePayer', swap(close, payer.publicKey, thief.publicKey))
    const elsewhere = creditAccountAddress(world.network, thief.publicKey)
    assert(world.vm.send([swap(close, creditAccountAddress(world.network, key), elsewhere)]).refusal)
    world.pass(close)
  })

  it('lets no committee of another network settle, and no stake of another network be slashed', async () => {
    const { world, second, poster } = await scene()
    const key = poster.publicKey
    // The same wallet, epoch and keys: only the network tells the two committees apart.
    assert.equal(second.credit(key).epoch, world.credit(key).epoch)
    const settle = await world.settlement(key, world.header(key, { spent: 5n }))
    const epoch = world.credit(key).epoch
    const [verify, use] = settle
    assert(verify && use)
    const swapped = swap(use, committeeAddress(world.network, key, epoch), committeeAddress(second.network, key, epoch))
    const bySecond = await second.settlement(key, world.header(key, { spent: 5n }))
    world.refused('wrongCommittee', [bySecond[0] as TransactionInstruction, swapped])
    world.pass(settle)
    const peer = second.peer(0).key.publicKey
    const slash = await registry.slash(second.programs, second.network, peer)
    world.refused(
      'wrongNetwork',
      swap(slash, nodeAddress(second.network, peer), nodeAddress(world.network, world.peer(0).key.publicKey)),
    )
  })
})

/** Two networks in one VM, with the same peers and the same poster; the second one has weak rules. */
async function scene() {
  const world = await World.create({ peers: 4, begun: false })
  const second = await World.create({ networkId: 'second', vm: world.vm, peers: 4, rules: WEAK, begun: false })
  const [poster, thief, payee] = [namedKey('poster'), world.wallet('thief', 10n), world.wallet('payee 0', 0n)]
  for (const one of [world, second]) {
    await one.account('friend', { pinned: false })
    await one.account('poster', { pinned: false })
    await one.openBalance(payee.publicKey)
  }
  world.vm.advance(Number(RULES.epochSlots) + 1, Number(RULES.epochSlots))
  for (const one of [world, second]) {
    await one.crank()
    await one.pin(poster.publicKey)
  }
  return { world, second, poster, thief, payee }
}

async function leave(world: World, wallet: Keypair): Promise<void> {
  const owner = wallet.publicKey
  const { deposited, withdrawn, spent } = world.credit(owner)
  const amount = deposited - withdrawn - spent
  world.pass(await receipts.requestWithdrawal(world.programs, world.at(wallet), { owner, amount }), [wallet])
  world.vm.advance(Number(RULES.withdrawSlots), Number(RULES.withdrawSeconds))
  const out = { owner, tokens: world.vaultTokens, destination: world.tokensOf(owner) }
  world.pass(await receipts.withdraw(world.programs, world.at(wallet), out), [wallet])
}

/** `instruction` with `to` in the place of `from`. */
function swap(instruction: TransactionInstruction, from: PublicKey, to: PublicKey): TransactionInstruction {
  assert(
    instruction.keys.some((meta) => meta.pubkey.equals(from)),
    'nothing to swap',
  )
  const keys = instruction.keys.map((meta) => ({ ...meta, pubkey: meta.pubkey.equals(from) ? to : meta.pubkey }))
  return new TransactionInstruction({ ...instruction, keys })
}

/** A table of slot hashes that a thief would like. */
function forgedHashes(slot: number): Uint8Array {
  const data = Buffer.alloc(8 + 40 * 200)
  data.writeBigUInt64LE(200n)
  for (let i = 0; i < 200; i++) data.writeBigUInt64LE(BigInt(slot - 1 - i), 8 + 40 * i)
  return data
}
