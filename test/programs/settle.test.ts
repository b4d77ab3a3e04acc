import assert from 'node:assert/strict'
import {
  ComputeBudgetProgram,
  Ed25519Program,
  type PublicKey,
  SYSVAR_INSTRUCTIONS_PUBKEY,
  TransactionInstruction,
} from '@solana/web3.js'
import { verifyEach, verifyShared } from '#programs/client/ed25519.ts'
import { registryView } from '#programs/client/read.ts'
import { creditAccountAddress } from '#programs/client/receipt-pdas.ts'
import * as receipts from '#programs/client/receipts.ts'
import * as registry from '#programs/client/registry.ts'
import { committeeAddress } from '#programs/client/registry-pdas.ts'
import { drawCommittee } from '#protocol/membership/committee.ts'
import { utf8 } from '#protocol/wire/hash.ts'
import { signerFromSeed } from '#protocol/wire/keys.ts'
import { namedKey } from './vm.ts'
import { signWith, stateOf, World } from './world.ts'

describe('settle', () => {
  for (const [peers, n, q] of [
    [1, 1, 1],
    [3, 3, 2],
    [5, 4, 3],
    [9, 7, 5],
  ] as const) {
    it(`takes a header that ${q} of ${n} drawn witnesses signed, within the budgets`, async () => {
      const world = await World.create({ peers })
      const { publicKey: key } = await world.account('poster')
      const drawn = drawCommittee(registryView(world.chain(), world.seats()), key.toBase58())
      assert.deepEqual(world.committee(key).witnesses.map(String), drawn.witnesses, 'the same draw as the protocol')
      assert.deepEqual([drawn.n, world.committee(key).q], [n, q])
      const outcome = world.pass(await world.settlement(key, world.header(key, { spent: 5n })))
      assert.equal(world.credit(key).spent, 5n)
      assert(outcome.bytes <= 1_232, `${outcome.bytes} bytes`)
      assert(outcome.computeUnits <= 40_000, `${outcome.computeUnits} compute units`)
    })
  }

  it('refuses too few signatures', async () => {
    const { world, key } = await scene()
    const header = world.header(key)
    world.refused('tooFewSignatures', await world.settlement(key, header, world.sign(key, header, 2)))
  })

  it('refuses a duplicated signer', async () => {
    const { world, key } = await scene()
    const header = world.header(key)
    const [first, second] = world.sign(key, header, 2)
    assert(first && second)
    world.refused('duplicateSigner', await world.settlement(key, header, [first, second, first]))
  })

  it('refuses a signer outside the committee, even beside a quorum', async () => {
    const { world, key } = await scene()
    const header = world.header(key)
    const members = world.committee(key).witnesses.map(String)
    const stranger = [0, 1, 2, 3, 4]
      .map((i) => world.peer(i).key.publicKey)
      .find((peer) => !members.includes(peer.toBase58()))
    assert(stranger)
    const signatures = [...world.sign(key, header), signWith(stranger, header)]
    world.refused('notAWitness', await world.settlement(key, header, signatures))
  })

  it('refuses a header of another network, account or epoch', async () => {
    const { world, key } = await scene()
    const foreign = world.header(key, { domain: new Uint8Array(32).fill(7) })
    world.refused('wrongDomain', await world.settlement(key, foreign))
    const other = namedKey('somebody else').publicKey
    const bytes = world.header(key)
    const misnamed = Uint8Array.from(bytes)
    misnamed.set(other.toBytes(), 40)
    world.refused('wrongAccount', await world.settlement(key, misnamed))
    world.refused(
      'wrongEpoch',
      await world.settlement(key, world.header(key, { epoch: Number(world.credit(key).epoch) + 1 })),
    )
    world.refused('wrongEpoch', await world.settlement(key, world.header(key, { epoch: 0 })))
  })

  it("refuses another account's committee", async () => {
    const { world, key } = await scene()
    const other = await world.account('other')
    await nextEpochFor(world, key)
    const header = world.header(other.publicKey)
    const settle = await world.programs.receipt.methods
      .settle()
      .accountsStrict({
        network: world.network,
        committee: committeeAddress(world.network, key, world.credit(key).epoch),
        account: creditAccountAddress(world.network, other.publicKey),
        instructions: SYSVAR_INSTRUCTIONS_PUBKEY,
      })
      .instruction()
    world.refused('wrongCommittee', [verifyShared(world.sign(key, header), header), settle])
  })

  it('refuses a replay, and heights, time, spending and sequence numbers that go backwards', async () => {
    const { world, key } = await scene()
    const first = world.header(key, { height: 5, spent: 10n, timeMs: 100, lastSeq: 3 })
    world.pass(await world.settlement(key, first))
    world.refused('heightNotRising', await world.settlement(key, first))
    world.refused('heightNotRising', await world.settlement(key, world.header(key, { height: 4, spent: 20n })))
    world.refused('timeFalls', await world.settlement(key, world.header(key, { timeMs: 99 })))
    world.refused('spentFalls', await world.settlement(key, world.header(key, { spent: 9n })))
    world.refused('sequenceFalls', await world.settlement(key, world.header(key, { lastSeq: 2 })))
    world.pass(await world.settlement(key, world.header(key, { height: 7, spent: 10n })))
  })

  it('refuses spending beyond the deposits and beyond the authorisation', async () => {
    const world = await World.create()
    const rich = await world.account('rich', { deposit: 1_000n, authorised: 400n })
    world.refused(
      'beyondAuthorisation',
      await world.settlement(rich.publicKey, world.header(rich.publicKey, { spent: 401n })),
    )
    world.pass(await receipts.authorise(world.programs, world.at(rich), { owner: rich.publicKey, limit: 5_000n }), [
      rich,
    ])
    world.refused(
      'beyondDeposits',
      await world.settlement(rich.publicKey, world.header(rich.publicKey, { spent: 1_001n })),
    )
    world.pass(await world.settlement(rich.publicKey, world.header(rich.publicKey, { spent: 1_000n })))
    world.checkConservation()
  })

  it('refuses what is not a header', async () => {
    const { world, key } = await scene()
    const good = world.header(key)
    const flags = Uint8Array.from(good)
    flags[156] = 2
    world.refused('notAHeader', await world.settlement(key, flags))
    const tag = Uint8Array.from(good)
    tag[0] = 0
    world.refused('notAHeader', await world.settlement(key, tag))
    world.refused('notAHeader', await world.settlement(key, good.slice(0, 159)))
  })

  it('refuses signatures over different messages', async () => {
    const { world, key } = await scene()
    const witnesses = world.committee(key).witnesses
    const headers = [1n, 2n, 3n].map((spent) => world.header(key, { spent }))
    const signed = headers.map((message, i) => {
      const witness = witnesses[i]
      assert(witness)
      return { ...signWith(witness, message), message }
    })
    const [, use] = await world.settlement(key, headers[0] ?? new Uint8Array())
    assert(use)
    world.refused('differentMessages', [verifyEach(signed), use])
  })

  it('refuses a signature over only a part of the message', async () => {
    const { world, key } = await scene()
    const header = world.header(key)
    const [a, b, c] = world.committee(key).witnesses
    assert(a && b && c)
    const part = header.slice(0, 100)
    const verify = verifyShared([signWith(a, header), signWith(b, header), signWith(c, part)], header)
    new DataView(verify.data.buffer, verify.data.byteOffset).setUint16(2 + 14 * 2 + 2 * 5, part.length, true)
    const [, use] = await world.settlement(key, header)
    assert(use)
    world.refused('differentMessages', [verify, use])
  })

  it('refuses a certificate in an instruction that verifies nothing', async () => {
    const { world, key } = await scene(3)
    const header = world.header(key, { spent: 99_000n })
    const forged = world
      .committee(key)
      .witnesses.slice(0, 2)
      .map((witness) => ({
        key: witness.toBytes(),
        signature: new Uint8Array(64),
      }))
    const { data } = verifyShared(forged, header)
    const [, use] = await world.settlement(key, header)
    assert(use)
    // To the compute budget program the same bytes are "set the unit limit", with something behind.
    const budget = new TransactionInstruction({ programId: ComputeBudgetProgram.programId, keys: [], data })
    world.refused('noCertificate', [budget, use])
    assert(world.vm.send([new TransactionInstruction({ ...budget, programId: Ed25519Program.programId }), use]).refusal)
    assert.equal(world.credit(key).spent, 0n)
  })

  it('refuses offsets that point into another instruction', async () => {
    const { world, key } = await scene(1)
    const honest = world.header(key, { spent: 1n })
    const forged = world.header(key, { spent: 99_000n })
    const signatures = world.sign(key, honest)
    // The precompile verifies the honest header in instruction 0, while the data in front of `settle` shows the forged one.
    const [, use] = await world.settlement(key, forged, signatures)
    assert(use)
    const genuine = verifyShared(signatures, honest)
    const confused = verifyShared(signatures, forged)
    const view = new DataView(confused.data.buffer, confused.data.byteOffset, confused.data.length)
    for (let i = 0; i < signatures.length; i++) {
      for (const field of [1, 3, 6]) view.setUint16(2 + 14 * i + 2 * field, 0, true)
    }
    world.refused('offsetsElsewhere', [genuine, confused, use])
    for (const field of [1, 3, 6]) {
      const partly = verifyShared(signatures, forged)
      new DataView(partly.data.buffer, partly.data.byteOffset).setUint16(2 + 2 * field, 0, true)
      const outcome = world.vm.send([genuine, partly, use])
      assert(outcome.refusal, `field ${field}`)
    }
    assert.equal(world.credit(key).spent, 0n)
  })

  it('refuses a certificate that is not right before it, or is no certificate', async () => {
    const { world, key } = await scene()
    const [verify, use] = await world.settlement(key, world.header(key))
    assert(verify && use)
    world.refused('noCertificate', [use])
    const memo = new TransactionInstruction({
      programId: Ed25519Program.programId,
      keys: [],
      data: Buffer.from([0, 0]),
    })
    world.refused('offsetsElsewhere', [verify, memo, use])
    const bad = verifyShared(world.sign(key, world.header(key)), world.header(key))
    bad.data[bad.data.length - 1] = 9
    assert(world.vm.send([bad, use]).refusal, 'the precompile itself refuses a wrong signature')
    assert.equal(world.credit(key).height, 0n)
  })

  it('refuses a sysvar, network or account that is another', async () => {
    const { world, key } = await scene()
    const header = world.header(key)
    const verify = verifyShared(world.sign(key, header), header)
    const accounts = {
      network: world.network,
      committee: committeeAddress(world.network, key, world.credit(key).epoch),
      account: creditAccountAddress(world.network, key),
      instructions: SYSVAR_INSTRUCTIONS_PUBKEY,
    }
    const build = (changed: Partial<typeof accounts>) =>
      world.programs.receipt.methods
        .settle()
        .accountsStrict({ ...accounts, ...changed })
        .instruction()
    const fake = namedKey('fake sysvar').publicKey
    world.vm.forge(fake, { owner: namedKey('x').publicKey, data: new Uint8Array(400) })
    assert(world.vm.send([verify, await build({ instructions: fake })]).refusal, 'sysvar')
    // Type cosplay: the committee's place taken by the account, and the account's by the committee.
    assert(world.vm.send([verify, await build({ committee: accounts.account })]).refusal, 'type')
    assert(world.vm.send([verify, await build({ account: accounts.committee })]).refusal, 'type')
    // Owner: a committee with the right bytes that another program owns.
    const data = world.vm.data(accounts.committee)
    assert(data)
    const forged = namedKey('forged committee').publicKey
    world.vm.forge(forged, { owner: namedKey('another program').publicKey, data })
    assert(world.vm.send([verify, await build({ committee: forged })]).refusal, 'owner')
    const other = await World.create({ networkId: 'second', vm: world.vm, peers: 0 })
    world.refused('wrongNetwork', [verify, await build({ network: other.network })])
    world.pass([verify, await build({})])
  })

  it("pins a committee only in the account's epoch, once, and not before the account takes part", async () => {
    const world = await World.create()
    const early = await world.account('early', { pinned: false })
    const payer = namedKey('pin payer')
    world.vm.airdrop(payer.publicKey)
    const pin = async (epoch: bigint) =>
      registry.pinCommittee(world.programs, { ...world.at(early), epoch, payer: payer.publicKey })
    world.refused('wrongEpoch', await pin(world.chain().epoch), [payer])
    await world.nextEpoch()
    world.pass(await pin(world.chain().epoch), [payer])
    assert(world.vm.send([await pin(world.chain().epoch)], [payer]).refusal)
  })

  it('moves a sealed account to the next epoch and its committee', async () => {
    const { world, key } = await scene()
    const epoch = world.credit(key).epoch
    world.pass(await world.settlement(key, world.header(key, { sealed: true, spent: 3n })))
    assert.equal(world.credit(key).epoch, epoch + 1n)
    await world.nextEpoch()
    await world.pin(key)
    world.pass(await world.settlement(key, world.header(key, { spent: 4n })))
    const payer = namedKey('pin payer')
    const close = await registry.closeCommittee(world.programs, {
      network: world.network,
      key,
      epoch,
      payer: payer.publicKey,
    })
    const before = world.vm.lamports(payer.publicKey)
    world.pass(close)
    assert(world.vm.lamports(payer.publicKey) > before, 'rent comes back')
    const current = { network: world.network, key, epoch: epoch + 1n, payer: payer.publicKey }
    world.refused('committeeInUse', await registry.closeCommittee(world.programs, current))
  })

  it('refuses the old committee after a forced epoch, and a settlement takes a request back', async () => {
    const { world, key } = await scene()
    const at = { network: world.network, key }
    const header = world.header(key, { spent: 50n })
    const late = await world.settlement(key, header)
    world.refused('epochNotOver', await receipts.requestForceEpoch(world.programs, at))
    await world.nextEpoch()
    world.refused('noForceRequested', await receipts.forceEpoch(world.programs, at))
    world.pass(await receipts.requestForceEpoch(world.programs, at))
    world.refused('forceRequested', await receipts.requestForceEpoch(world.programs, at))
    world.refused('stillWaiting', await receipts.forceEpoch(world.programs, at))
    world.pass(await world.settlement(key, world.header(key, { spent: 20n })))
    world.refused('noForceRequested', await receipts.forceEpoch(world.programs, at))
    world.pass(await receipts.requestForceEpoch(world.programs, at))
    world.vm.advance(30, 30)
    world.pass(await receipts.forceEpoch(world.programs, at))
    assert(world.credit(key).epoch > 2n)
    world.refused('wrongCommittee', late)
    assert.equal(world.credit(key).spent, 20n)
    world.checkConservation()
  })

  it('takes an authorisation that the wallet only signed', async () => {
    const { world, key, poster } = await scene()
    const at = { network: world.network, key }
    const signer = (bytes: Uint8Array) => ({ key: key.toBytes(), signature: signBytes(poster.secretKey, bytes) })
    const message = receipts.authorisationBytes(world.domain, key, 900_000n)
    world.pass(await receipts.authoriseSigned(world.programs, at, { message, signature: signer(message) }))
    assert.equal(world.credit(key).authorised, 900_000n)
    const lower = receipts.authorisationBytes(world.domain, key, 1n)
    world.refused(
      'authorisationFalls',
      await receipts.authoriseSigned(world.programs, at, { message: lower, signature: signer(lower) }),
    )
    const foreign = receipts.authorisationBytes(new Uint8Array(32), key, 1_000_000n)
    world.refused(
      'wrongDomain',
      await receipts.authoriseSigned(world.programs, at, { message: foreign, signature: signer(foreign) }),
    )
    const job = namedKey('another account of this owner').publicKey
    const misdirected = receipts.authorisationBytes(world.domain, job, 1_000_000n)
    world.refused(
      'wrongAccount',
      await receipts.authoriseSigned(world.programs, at, { message: misdirected, signature: signer(misdirected) }),
    )
    const other = Uint8Array.from(receipts.authorisationBytes(world.domain, key, 1_000_000n))
    other.set(utf8('weft-xyz'))
    world.refused(
      'notAnAuthorisation',
      await receipts.authoriseSigned(world.programs, at, { message: other, signature: signer(other) }),
    )
    const stranger = namedKey('stranger')
    const signature = { key: stranger.publicKey.toBytes(), signature: signBytes(stranger.secretKey, message) }
    world.refused('notOwner', await receipts.authoriseSigned(world.programs, at, { message, signature }))
    world.vm.airdrop(stranger.publicKey)
    world.refused(
      'notOwner',
      await receipts.authorise(world.programs, at, { owner: stranger.publicKey, limit: 10n ** 9n }),
      [stranger],
    )
  })
})

async function scene(peers = 5) {
  const world = await World.create({ peers })
  const poster = await world.account('poster')
  return { world, poster, key: poster.publicKey }
}

/** Seals `key`'s epoch at once and pins it in the network's current one, if it is behind. */
async function nextEpochFor(world: World, key: PublicKey): Promise<void> {
  if (world.credit(key).epoch === world.chain().epoch) return
  world.pass(await world.settlement(key, world.header(key, { sealed: true, stateRoot: stateOf(new Map()).root })))
  if (world.credit(key).epoch === world.chain().epoch) await world.pin(key)
}

function signBytes(secretKey: Uint8Array, bytes: Uint8Array): Uint8Array {
  return signerFromSeed(secretKey.slice(0, 32)).sign(bytes)
}
