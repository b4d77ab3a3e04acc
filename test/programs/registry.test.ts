import assert from 'node:assert/strict'
import { createAssociatedTokenAccountIdempotentInstruction } from '@solana/spl-token'
import fc from 'fast-check'
import { verifyEach, verifyShared } from '#programs/client/ed25519.ts'
import { registryView } from '#programs/client/read.ts'
import { jobAccountKey, vaultAddress } from '#programs/client/receipt-pdas.ts'
import * as receipts from '#programs/client/receipts.ts'
import * as registry from '#programs/client/registry.ts'
import { networkAddress } from '#programs/client/registry-pdas.ts'
import { drawCommittee } from '#protocol/membership/committee.ts'
import { encodeHeader } from '#protocol/wire/header.ts'
import { namedKey } from './vm.ts'
import { RULES, signWith, World } from './world.ts'

describe('the registry', () => {
  it('registers with both signatures only, and returns the rent of who left', async () => {
    const world = await World.create({ peers: 1 })
    const { key, owner } = world.peer(5)
    world.vm.airdrop(owner.publicKey)
    const keys = { network: world.network, peer: key.publicKey, owner: owner.publicKey }
    const instruction = await registry.register(world.programs, keys, new Uint8Array(32))
    const unsigned = {
      ...instruction,
      keys: instruction.keys.map((meta) => ({
        ...meta,
        isSigner: meta.isSigner && !meta.pubkey.equals(key.publicKey),
      })),
    }
    assert(world.vm.send([unsigned as typeof instruction], [owner]).refusal, "a stranger's key")
    const self = await registry.register(world.programs, { ...keys, peer: owner.publicKey }, new Uint8Array(32))
    world.refused('constraintDuplicateMutableAccount', self, [owner])
    const outcome = world.pass(instruction, [owner, key])
    assert(
      outcome.logs.some((line) => line.startsWith('Program data:')),
      'event',
    )
    assert(world.vm.send([instruction], [owner, key]).refusal, 'registered twice')
    const thief = world.wallet('thief')
    world.refused(
      'notOwner',
      await registry.updateNode(world.programs, { ...keys, owner: thief.publicKey }, new Uint8Array(32)),
      [thief],
    )
    world.refused('notOwner', await registry.deregister(world.programs, { ...keys, owner: thief.publicKey }), [thief])
    const before = world.vm.lamports(owner.publicKey)
    world.pass(await registry.deregister(world.programs, keys), [owner])
    assert(world.vm.lamports(owner.publicKey) > before)
  })

  it('keeps stake under seats, and pays it back only after the unbonding time, in slots and in time', async () => {
    const world = await World.create({ peers: 2 })
    const { key, owner } = world.peer(0)
    const keys = { network: world.network, peer: key.publicKey, owner: owner.publicKey }
    const signer = { network: world.network, peer: key.publicKey, signer: owner.publicKey }
    world.refused('stakeHeld', await registry.unstake(world.programs, keys, 1n), [owner])
    world.refused('notEnoughStake', await registry.takeSeat(world.programs, keys, 2), [owner])
    world.refused('nodeInUse', await registry.deregister(world.programs, keys), [owner])
    world.pass(await registry.releaseSeat(world.programs, signer, 0), [owner])
    world.refused('notTheSeatsHolder', await registry.releaseSeat(world.programs, signer, 0), [owner])
    world.refused('notTheSeatsHolder', await registry.renewSeats(world.programs, signer, [0]), [owner])
    world.refused('notEnoughStake', await registry.unstake(world.programs, keys, 1_001n), [owner])
    world.refused('stakeHeld', await registry.unstake(world.programs, keys, 1_000n), [owner])
    await world.nextEpoch()
    world.pass(await registry.unstake(world.programs, keys, 1_000n), [owner])
    const destination = world.tokensOf(owner.publicKey)
    const withdraw = await registry.withdrawStake(world.programs, keys, { stakeVault: world.stakeVault, destination })
    world.vm.advance(Number(RULES.unbondingSlots), Number(RULES.unbondingSeconds) - 1)
    world.refused('stillUnbonding', withdraw, [owner])
    world.vm.advance(0, 1)
    const before = world.tokens(destination)
    world.pass(withdraw, [owner])
    assert.equal(world.tokens(destination) - before, 1_000n)
    world.refused('nothingUnbonding', withdraw, [owner])
    world.pass(await registry.deregister(world.programs, keys), [owner])
    world.checkConservation()
  })

  it('refuses rules by which stake could leave before a withdrawal is over', async () => {
    for (const rules of [
      { ...RULES, unbondingSlots: RULES.withdrawSlots },
      { ...RULES, unbondingSlots: RULES.withdrawSlots + RULES.forceSlots },
      { ...RULES, unbondingSeconds: RULES.withdrawSeconds },
    ]) {
      await assert.rejects(World.create({ rules }), /unbondingTooShort/)
    }
    for (const rules of [{ feeBps: 10_001 }, { minStake: 0n }, { epochSlots: 9n }])
      await assert.rejects(World.create({ rules: { ...RULES, ...rules } }), /badRules/)
  })

  it('gives no seat away that is taken, and skips none', async () => {
    const world = await World.create({ peers: 2 })
    const { key, owner } = world.peer(7)
    await world.join({ key, owner })
    const keys = { network: world.network, peer: key.publicKey, owner: owner.publicKey }
    const more = { source: world.tokensOf(owner.publicKey), stakeVault: world.stakeVault, amount: 5_000n }
    world.pass(await registry.stake(world.programs, keys, more), [owner])
    world.refused('seatTaken', await registry.takeSeat(world.programs, keys, 0), [owner])
    world.refused('noSuchSeat', await registry.takeSeat(world.programs, keys, 9), [owner])
    const released = {
      network: world.network,
      peer: world.peer(0).key.publicKey,
      signer: world.peer(0).owner.publicKey,
    }
    world.pass(await registry.releaseSeat(world.programs, released, 0), [world.peer(0).owner])
    world.refused('seatTaken', await registry.takeSeat(world.programs, keys, 0), [owner])
    await world.nextEpoch()
    world.pass(await registry.takeSeat(world.programs, keys, 0), [owner])
  })

  it('refuses vaults that somebody else could empty', async () => {
    const world = await World.create({ peers: 0 })
    const thief = world.wallet('thief')
    const other = networkAddress('other')
    const init = {
      ...{ networkId: 'other', rules: RULES, payer: thief.publicKey, treasury: thief.publicKey },
      ...{ mint: world.mint.publicKey, stakeVault: world.tokensOf(thief.publicKey) },
    }
    world.refused('notAVault', await registry.initNetwork(world.programs, init), [thief])
    const tokens = [other, vaultAddress(other)].map((owner) => {
      const [payer, address, mint] = [thief.publicKey, world.tokensOf(owner), world.mint.publicKey]
      return createAssociatedTokenAccountIdempotentInstruction(payer, address, owner, mint)
    })
    world.pass(tokens, [thief])
    world.pass(await registry.initNetwork(world.programs, { ...init, stakeVault: world.tokensOf(other) }), [thief])
    assert(world.vm.send([await registry.initNetwork(world.programs, init)], [thief]).refusal, 'initialised twice')
    const vault = { network: other, payer: thief.publicKey, tokens: world.tokensOf(thief.publicKey) }
    world.refused('notAVault', await receipts.initVault(world.programs, vault), [thief])
    const good = { ...vault, tokens: world.tokensOf(vaultAddress(other)) }
    world.pass(await receipts.initVault(world.programs, good), [thief])
    assert(world.vm.send([await receipts.initVault(world.programs, good)], [thief]).refusal, 'initialised twice')
  })

  it('grows the slot table when it is full', async () => {
    const world = await World.create({ peers: 0, rules: { ...RULES, minStake: 1n } })
    const { key, owner } = world.peer(0)
    await world.join({ key, owner }, 115)
    const keys = { network: world.network, peer: key.publicKey, owner: owner.publicKey }
    const more = { source: world.tokensOf(owner.publicKey), stakeVault: world.stakeVault, amount: 5n }
    world.pass(await registry.stake(world.programs, keys, more), [owner])
    world.refused('tableFull', await registry.takeSeat(world.programs, keys, 115), [owner])
    const grow = await registry.growSeats(world.programs, world.network, owner.publicKey)
    world.pass(grow, [owner])
    world.pass(await registry.takeSeat(world.programs, keys, 115), [owner])
    world.refused('tableNotFull', grow, [owner])
    assert.equal(world.seats().length, 116)
  })

  it('lets nobody fill the table with vacant seats', async () => {
    const world = await World.create({ peers: 1 })
    const { key, owner } = world.peer(9)
    await world.join({ key, owner })
    const keys = { network: world.network, peer: key.publicKey, owner: owner.publicKey }
    const signed = { network: world.network, peer: key.publicKey, signer: owner.publicKey }
    world.pass(await registry.releaseSeat(world.programs, signed, 1), [owner])
    // One stake after the other seat, each released at once.
    for (let refused = false; !refused; ) {
      const outcome = world.vm.send([await registry.takeSeat(world.programs, keys, world.seats().length)], [owner])
      refused = outcome.refusal?.name === 'tooManyVacant'
      if (outcome.refusal?.name === 'tableFull')
        world.pass(await registry.growSeats(world.programs, world.network, owner.publicKey), [owner])
      if (outcome.refusal === undefined)
        world.pass(await registry.releaseSeat(world.programs, signed, world.seats().length - 1), [owner])
    }
    assert.equal(world.seats().length, 118, 'one held, twice that, and 115')
    world.pass(await registry.takeSeat(world.programs, keys, 50), [owner])
  })

  it('lets a lapsed seat go to another after an epoch', async () => {
    const world = await World.create({ peers: 2 })
    const [idle, other] = [world.peer(0), world.peer(1)]
    const release = await registry.releaseSeat(
      world.programs,
      { network: world.network, peer: idle.key.publicKey, signer: other.owner.publicKey },
      0,
    )
    world.refused('notOwner', release, [other.owner])
    for (let i = 0; i < 2; i++) {
      world.vm.advance(Number(RULES.epochSlots) + 1, 100)
      await world.crank()
    }
    world.refused(
      'notOwner',
      await registry.renewSeats(
        world.programs,
        { network: world.network, peer: idle.key.publicKey, signer: other.owner.publicKey },
        [0],
      ),
      [other.owner],
    )
    world.vm.advance(Number(RULES.epochSlots) + 1, 100)
    await world.crank()
    world.pass(release, [other.owner])
    assert.equal(world.node(idle.key.publicKey)?.seats, 0)
  })
})

describe('epochs', () => {
  // Between the end of an epoch and the turn of the crank the next beacon is known: nothing that its draw reads may change.
  it('let nobody choose by a beacon that is known already', async () => {
    const world = await World.create({ peers: 3 })
    const [first, second] = [world.peer(0), world.peer(1)]
    const late = world.wallet('late', 10_000n)
    const keys = { network: world.network, peer: first.key.publicKey, owner: first.owner.publicKey }
    const signed = { network: world.network, peer: first.key.publicKey, signer: first.owner.publicKey }
    const more = { source: world.tokensOf(first.owner.publicKey), stakeVault: world.stakeVault, amount: 1_000n }
    world.pass(await registry.stake(world.programs, keys, more), [first.owner])
    await world.renewAll()
    const epoch = world.chain().epoch
    world.vm.advance(Number(world.chain().epochStart + RULES.epochSlots) - 1 - world.vm.slot, 1)
    const take = await registry.takeSeat(world.programs, keys, world.seats().length)
    const renew = await registry.renewSeats(world.programs, signed, [0])
    world.pass(renew, [first.owner])
    world.vm.advance(1, 1)
    world.refused('epochOver', take, [first.owner])
    world.refused('epochOver', renew, [first.owner])
    world.pass(await registry.releaseSeat(world.programs, signed, 0), [first.owner])
    assert.equal(world.seats()[0]?.until, epoch + 1n, 'it serves where its beacon may be known')
    world.refused('stakeHeld', await registry.unstake(world.programs, keys, 1_000n), [first.owner])
    world.pass(await receipts.openAccount(world.programs, world.network, late.publicKey), [late])
    assert.equal(world.credit(late.publicKey).epoch, epoch + 2n)
    const job = {
      ...{
        domain: world.domain,
        owner: late.publicKey,
        job: new Uint8Array(32),
        amount: 5n,
        deadline: BigInt(world.vm.seconds + 10),
      },
      ...{ source: world.tokensOf(late.publicKey), tokens: world.vaultTokens },
    }
    world.pass(await receipts.createJob(world.programs, world.network, job), [late])
    assert.equal(world.credit(jobAccountKey(world.domain, late.publicKey, job.job)).epoch, epoch + 2n)
    const drawn = () => registryView(world.chain(), world.seats()).slots.filter((peer) => peer !== undefined)
    world.vm.advance(1, 1)
    await world.crank()
    assert.equal(drawn().length, 3)
    // A seat that is taken once the beacon is known is not in this draw, nor does it change its modulus.
    world.pass(take, [first.owner])
    assert.equal(drawn().length, 3)
    assert(world.seats().length > world.chain().epochSeats)
    const early = await world.account('early', { pinned: false })
    await world.nextEpoch()
    const more2 = { source: world.tokensOf(second.owner.publicKey), stakeVault: world.stakeVault, amount: 9_000n }
    const secondKeys = { network: world.network, peer: second.key.publicKey, owner: second.owner.publicKey }
    world.pass(await registry.stake(world.programs, secondKeys, more2), [second.owner])
    for (let i = 0; i < 5; i++)
      world.pass(await registry.takeSeat(world.programs, secondKeys, world.seats().length), [second.owner])
    await world.pin(early.publicKey)
    const view = registryView(world.chain(), world.seats())
    assert.deepEqual(
      world.committee(early.publicKey).witnesses.map(String),
      drawCommittee(view, early.publicKey.toBase58()).witnesses,
    )
    const release = { network: world.network, peer: second.key.publicKey, signer: second.owner.publicKey }
    world.pass(await registry.releaseSeat(world.programs, release, 1), [second.owner])
    assert.equal(drawn().length, 3, 'a seat that is released serves to the end of the epoch')
  })

  it('begin on a grid, by a crank that is repaid, with a beacon that the moment does not choose', async () => {
    const turn = async (late: number) => {
      const world = await World.create({ peers: 2 })
      const cranker = namedKey('cranker')
      const crank = await registry.advanceEpoch(world.programs, world.network, cranker.publicKey)
      world.refused('epochNotOver', crank, [cranker])
      world.vm.advance(Number(RULES.epochSlots) + late, 100)
      const before = world.vm.lamports(cranker.publicKey)
      world.pass(crank, [cranker])
      assert.equal(world.vm.lamports(cranker.publicKey) - before, RULES.crankLamports)
      world.refused('epochNotOver', crank, [cranker])
      return world.chain()
    }
    const [early, late] = [await turn(1), await turn(90)]
    assert.deepEqual(early.beacon, late.beacon)
    assert.equal(early.epochStart, late.epochStart)
    assert.equal(early.epoch, 2n)
  })

  it('wait for the next point of the grid if the slot hash of this one has scrolled away', async () => {
    const world = await World.create({ peers: 1, rules: { ...RULES, epochSlots: 1_000n } })
    const cranker = namedKey('cranker')
    const crank = await registry.advanceEpoch(world.programs, world.network, cranker.publicKey)
    world.vm.advance(1_600, 1_600)
    world.refused('beaconMissed', crank, [cranker])
    world.vm.advance(500, 500)
    world.pass(crank, [cranker])
  })

  it('draws as the protocol does, over any registry', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 9 }),
        fc.nat(5),
        async (seats, vacant) => {
          const world = await World.create({ peers: 0 })
          for (const [i, count] of seats.entries()) await world.join(world.peer(i), count)
          await world.nextEpoch()
          const poster = await world.account(`poster ${vacant}`, { pinned: false })
          // Some do not renew, so that their seats are vacant.
          const renewing = world.seats().map((seat, i) => ({ seat, i }))
          for (const { seat, i } of renewing) {
            if (i % (vacant + 2) === 1) continue
            const peer = seats
              .map((_, p) => world.peer(p))
              .find((candidate) => candidate.key.publicKey.equals(seat.peer))
            assert(peer)
            const keys = { network: world.network, peer: seat.peer, signer: seat.peer }
            world.pass(await registry.renewSeats(world.programs, keys, [i]), [peer.key])
          }
          world.vm.advance(Number(RULES.epochSlots) + 1, 100)
          await world.crank()
          await world.pin(poster.publicKey)
          const drawn = drawCommittee(registryView(world.chain(), world.seats()), poster.publicKey.toBase58())
          assert.deepEqual(world.committee(poster.publicKey).witnesses.map(String), drawn.witnesses)
          assert.equal(world.committee(poster.publicKey).q, drawn.q)
        },
      ),
      { numRuns: 8 },
    )
  })

  it("never draws the poster's own peers while there are others", async () => {
    const world = await World.create({ peers: 0 })
    const poster = world.wallet('poster')
    await world.join({ key: namedKey('peer 0'), owner: poster }, 5)
    await world.join(world.peer(1))
    await world.account('poster')
    assert.deepEqual(world.committee(poster.publicKey).witnesses.map(String), [world.peer(1).key.publicKey.toBase58()])
  })

  it("never draws the owner's peers for a one-job account either, and draws it as the protocol does", async () => {
    const world = await World.create({ peers: 0 })
    const owner = world.wallet('poster')
    const own = namedKey('peer 0')
    await world.join({ key: own, owner }, 5)
    for (const i of [1, 2, 3, 4]) await world.join(world.peer(i))
    await world.nextEpoch()
    const tokens = { source: world.tokensOf(owner.publicKey), tokens: world.vaultTokens }
    const created = await Promise.all(
      Array.from({ length: 5 }, async (_, i) => {
        const job = new Uint8Array(32).fill(i)
        const init = { domain: world.domain, owner: owner.publicKey, job, amount: 1n, deadline: 10n ** 12n, ...tokens }
        world.pass(await receipts.createJob(world.programs, world.network, init), [owner])
        return jobAccountKey(world.domain, owner.publicKey, job)
      }),
    )
    await world.nextEpoch()
    const view = registryView(world.chain(), world.seats())
    for (const key of created) {
      await world.pin(key)
      const drawn = drawCommittee(view, key.toBase58(), owner.publicKey.toBase58())
      assert.deepEqual(world.committee(key).witnesses.map(String), drawn.witnesses)
      assert.equal(drawn.witnesses.length, 4)
      assert.equal(drawn.witnesses.includes(own.publicKey.toBase58()), false)
      assert.equal(drawCommittee(view, key.toBase58()).witnesses.includes(own.publicKey.toBase58()), true)
    }
  })
})

describe('slash', () => {
  it('takes the stake of a peer that signed two headers for one height', async () => {
    const { world, peer, evidence, a, b } = await scene()
    world.pass(await evidence([a, b]))
    assert.deepEqual([world.node(peer)?.staked, world.node(peer)?.slashed], [0n, true])
    world.refused('slashed', await evidence([a, b]))
    world.checkConservation()
    const destination = world.tokensOf(world.treasury.publicKey)
    const thief = world.wallet('thief', 0n)
    const to = (owner: typeof thief.publicKey) =>
      registry.sweepSlashed(world.programs, {
        network: world.network,
        stakeVault: world.stakeVault,
        destination: world.tokensOf(owner),
      })
    world.refused('wrongVault', await to(thief.publicKey))
    world.pass(await to(world.treasury.publicKey))
    assert.equal(world.tokens(destination), 1_000n)
    world.refused('nothingSlashed', await to(world.treasury.publicKey))
    const keys = { network: world.network, peer, signer: thief.publicKey }
    world.refused('slashed', await registry.renewSeats(world.programs, { ...keys, signer: peer }, [0]), [
      namedKey('peer 0'),
    ])
    const owned = { network: world.network, peer, owner: namedKey('owner 0').publicKey }
    const source = world.tokensOf(owned.owner)
    const again = { source, stakeVault: world.stakeVault, amount: 5_000n }
    world.refused('slashed', await registry.stake(world.programs, owned, again), [namedKey('owner 0')])
    world.refused('slashed', await registry.takeSeat(world.programs, owned, 2), [namedKey('owner 0')])
    world.pass(await registry.releaseSeat(world.programs, keys, 0), [thief])
    world.checkConservation()
  })

  it('takes what is unbonding too', async () => {
    const { world, peer, evidence, a, b } = await scene()
    const owner = namedKey('owner 0')
    const keys = { network: world.network, peer, owner: owner.publicKey }
    world.pass(
      await registry.releaseSeat(world.programs, { network: world.network, peer, signer: owner.publicKey }, 0),
      [owner],
    )
    await world.nextEpoch()
    world.pass(await registry.unstake(world.programs, keys, 600n), [owner])
    world.pass(await evidence([a, b]))
    assert.equal(world.chain().slashed, 1_000n)
    world.vm.advance(1_000, 1_000)
    const destination = world.tokensOf(owner.publicKey)
    world.refused(
      'nothingUnbonding',
      await registry.withdrawStake(world.programs, keys, { stakeVault: world.stakeVault, destination }),
      [owner],
    )
    world.checkConservation()
  })

  it('convicts nobody on anything else', async () => {
    const { world, peer, evidence, header, a, b } = await scene()
    world.refused('noConflict', await evidence([a, a]))
    world.refused('noConflict', await evidence([a, header({ height: 8 })]))
    world.refused('noConflict', await evidence([a, header({ epoch: 2, spent: 9n })]), [])
    world.refused(
      'noConflict',
      await evidence([a, header({ account: namedKey('other').publicKey.toBase58(), spent: 9n })]),
    )
    const foreign = { domain: new Uint8Array(32).fill(3) }
    world.refused('wrongDomain', await evidence([header(foreign), header({ ...foreign, spent: 9n })]))
    world.refused('notAHeader', await evidence([a, new Uint8Array(160)]))
    world.refused('notTwoSignatures', await evidence([a]))
    world.refused('notTwoSignatures', await evidence([a, b, a]))
    const liar = world.peer(1).key.publicKey
    const [, use] = await evidence([a, b])
    assert(use)
    const byAnother = verifyEach([
      { ...signWith(liar, a), message: a },
      { ...signWith(liar, b), message: b },
    ])
    world.refused('notThePeer', [byAnother, use])
    const mixed = verifyEach([
      { ...signWith(peer, a), message: a },
      { ...signWith(liar, b), message: b },
    ])
    world.refused('notThePeer', [mixed, use])
    const forged = verifyEach([
      { ...signWith(peer, a), message: a },
      { key: peer.toBytes(), signature: signWith(liar, b).signature, message: b },
    ])
    assert(world.vm.send([forged, use]).refusal, 'the precompile refuses')
    world.refused('noEvidence', [use])
    // Offsets: the second message is claimed to lie in the other precompile instruction.
    const genuine = verifyShared([signWith(peer, a)], a)
    const confused = verifyEach([
      { ...signWith(peer, a), message: a },
      { ...signWith(peer, a), message: a },
    ])
    confused.data.set(b, confused.data.length - 160)
    const view = new DataView(confused.data.buffer, confused.data.byteOffset, confused.data.length)
    for (const [field, value] of [
      [0, 2 + 14 + 32],
      [1, 0],
      [2, 2 + 14],
      [3, 0],
      [4, 2 + 14 + 96],
      [6, 0],
    ] as const) {
      view.setUint16(2 + 14 + 2 * field, value, true)
    }
    world.refused('offsetsElsewhere', [genuine, confused, use])
    assert.equal(world.node(peer)?.staked, 1_000n)
  })

  async function scene() {
    const world = await World.create({ peers: 2 })
    const peer = world.peer(0).key.publicKey
    const header = (changes: Partial<Parameters<typeof encodeHeader>[0]> = {}) =>
      encodeHeader({
        domain: world.domain,
        account: namedKey('poster').publicKey.toBase58(),
        stateRoot: new Uint8Array(32),
        epoch: 1,
        height: 7,
        timeMs: 1,
        spent: 0n,
        reserved: 0n,
        lastSeq: 0,
        rulesVersion: 1,
        sealed: false,
        ...changes,
      })
    const evidence = async (headers: readonly Uint8Array[]) => [
      verifyEach(headers.map((message) => ({ ...signWith(peer, message), message }))),
      await registry.slash(world.programs, world.network, peer),
    ]
    return { world, peer, header, evidence, a: header(), b: header({ spent: 1n }) }
  }
})
