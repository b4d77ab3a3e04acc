import assert from 'node:assert/strict'
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRoster, joinRoster } from '#node/adapters/ledgers/roster/create.ts'
import { parseToken } from '#node/adapters/ledgers/roster/invite.ts'
import { createRosterLedger } from '#node/adapters/ledgers/roster/ledger.ts'
import { sha256 } from '#protocol/wire/hash.ts'
import { signer, World } from './world.ts'

const hour = 3_600_000
const invitation = { addresses: ['/ip4/127.0.0.1/tcp/9339/p2p/12D3KooWx'], ttlMs: hour, uses: 1 }

describe('roster membership', () => {
  let world: World
  beforeEach(() => {
    world = new World()
  })
  afterEach(() => world.dispose())

  it('is named after its founder, and has the hash of the signed roster as beacon', async () => {
    const founder = await world.found()
    const view = founder.ledger.registry()
    assert.equal(founder.ledger.networkId, `roster:${world.founder.key}`)
    assert.equal(view?.epoch, 1)
    assert.deepEqual(view?.slots, [founder.key])
    const [file = ''] = await readdir(join(founder.dir, 'rosters'))
    assert.deepEqual(view?.beacon, sha256(new Uint8Array(await readFile(join(founder.dir, 'rosters', file)))))
  })

  it('admits who holds a token, and tells everybody', async () => {
    const founder = await world.found()
    const first = await world.join(101, founder.ledger.inviteToken(invitation))
    world.deliver()
    const second = await world.join(102, founder.ledger.inviteToken(invitation))
    world.deliver()
    for (const peer of [founder, first, second]) {
      assert.deepEqual(peer.ledger.registry(), founder.ledger.registry())
      assert.deepEqual(
        peer.ledger.registry()?.members.map((member) => member.owner),
        [founder.wallet.key, first.wallet.key, second.wallet.key],
      )
      assert.equal(peer.ledger.membership().state, 'member')
    }
    assert.deepEqual(second.ledger.membership(), { state: 'member', name: 'peer 102' })
    assert.ok(first.changes > 0)
  })

  it('names the hash of the version before in each version', async () => {
    const founder = await world.found()
    founder.ledger.setCredit({ creditLine: 5n })
    founder.ledger.setCredit({ creditLine: 6n })
    assert.deepEqual(founder.ledger.roster()?.previous, founder.ledger.registryAt(2)?.beacon)
    assert.equal(founder.ledger.registry()?.epoch, 3)
  })

  it('goes on asking until the founder is there, also over a restart', async () => {
    const founder = await world.found()
    const token = founder.ledger.inviteToken(invitation)
    world.offline.add(founder.key)
    let peer = await world.join(101, token)
    assert.equal(peer.ledger.membership().state, 'joining')
    assert.deepEqual(peer.ledger.inviteAddresses(), invitation.addresses)
    world.clock.advance(5_000)
    world.deliver()
    peer = await world.restart(peer)
    assert.equal(peer.ledger.membership().state, 'joining')
    world.offline.delete(founder.key)
    world.clock.advance(5_000)
    world.deliver()
    assert.equal(peer.ledger.membership().state, 'member')
    const before = world.sent.length
    world.clock.advance(60_000)
    assert.equal(world.sent.length, before, 'a member asks no more')
    await assert.rejects(stat(join(peer.dir, 'join.json')))
  })

  it('asks at once when the founder connects', async () => {
    const founder = await world.found()
    const token = founder.ledger.inviteToken(invitation)
    world.offline.add(founder.key)
    const peer = await world.join(101, token)
    world.offline.delete(founder.key)
    world.connect(founder, peer)
    assert.equal(peer.ledger.membership().state, 'member')
  })

  it('counts the uses of a token, also over a restart of the founder', async () => {
    let founder = await world.found()
    const token = founder.ledger.inviteToken({ ...invitation, uses: 2 })
    await world.join(101, token)
    world.deliver()
    founder = await world.restart(founder)
    await world.join(102, token)
    world.deliver()
    founder = await world.restart(founder)
    const third = await world.join(103, token)
    world.deliver()
    assert.deepEqual(third.ledger.membership(), { state: 'refused', reason: 'the token has been used up' })
    assert.equal(founder.ledger.registry()?.members.length, 3)
  })

  it('removes a member, who cannot come back with its old token', async () => {
    const founder = await world.found()
    const token = founder.ledger.inviteToken({ ...invitation, uses: 5 })
    const peer = await world.join(101, token)
    world.deliver()
    assert.equal(founder.ledger.removeMember(peer.key), true)
    assert.equal(founder.ledger.removeMember(peer.key), false)
    world.deliver()
    assert.equal(peer.ledger.membership().state, 'none')
    peer.ledger.joinRequest(token, { owner: peer.wallet.key, name: 'again' })
    world.deliver()
    assert.deepEqual(peer.ledger.membership(), { state: 'refused', reason: 'this peer has used the token before' })
    peer.ledger.joinRequest(founder.ledger.inviteToken(invitation), { owner: peer.wallet.key, name: 'again' })
    world.deliver()
    assert.deepEqual(peer.ledger.membership(), { state: 'member', name: 'again' })
  })

  it('gives a use back that a crash of the founder lost', async () => {
    let founder = await world.found()
    const token = founder.ledger.inviteToken(invitation)
    const { invite } = parseToken(token, world.clock.wallMs())
    await founder.ledger.stop()
    const use = { expiresMs: invite.expiresMs, admitted: [{ peer: signer(101).key, version: 2 }] }
    await writeFile(join(founder.dir, 'invites.json'), JSON.stringify({ [invite.nonce]: use }))
    founder = await world.restart(founder)
    const thief = await world.join(102, token)
    world.deliver()
    assert.equal(thief.ledger.membership().state, 'refused')
    const peer = await world.join(101, token)
    world.deliver()
    assert.equal(peer.ledger.membership().state, 'member')
  })

  it('reaches a peer that was away, through any other, with the versions in between', async () => {
    const founder = await world.found()
    const token = founder.ledger.inviteToken({ ...invitation, uses: 3 })
    const near = await world.join(101, token)
    const away = await world.join(102, token)
    world.deliver()
    world.offline.add(away.key)
    for (let i = 0; i < 10; i++) founder.ledger.setCredit({ creditLine: BigInt(i) })
    world.deliver()
    world.offline.delete(away.key)
    world.offline.add(founder.key)
    world.connect(near, away)
    assert.deepEqual(away.ledger.registry(), founder.ledger.registry())
    for (let epoch = 1; epoch <= 13; epoch++) {
      assert.deepEqual(away.ledger.registryAt(epoch), founder.ledger.registryAt(epoch), `epoch ${epoch}`)
    }
  })

  it('keeps the last 64 versions, over a restart, and no more', async () => {
    let founder = await world.found()
    for (let i = 0; i < 70; i++) founder.ledger.setCredit({ creditLine: BigInt(i) })
    const check = (): void => {
      assert.equal(founder.ledger.registry()?.epoch, 71)
      assert.equal(founder.ledger.registryAt(8)?.epoch, 8)
      assert.equal(founder.ledger.registryAt(7), undefined)
    }
    check()
    founder = await world.restart(founder)
    check()
    assert.equal((await readdir(join(founder.dir, 'rosters'))).length, 64)
  })

  it('lets nobody but the founder change anything', async () => {
    const founder = await world.found()
    const peer = await world.join(101, founder.ledger.inviteToken(invitation))
    world.deliver()
    for (const act of [
      () => peer.ledger.inviteToken(invitation),
      () => peer.ledger.removeMember(founder.key),
      () => peer.ledger.setWallet(signer(5).key, { listed: true }),
      () => peer.ledger.setCredit({ openCredit: 5n }),
    ]) {
      assert.throws(act, { code: 'NOT_PERMITTED' })
    }
    await assert.rejects(
      createRosterLedger({ ...peer, self: peer.key, founder: signer(9), clock: world.clock, random: world.random }),
      { code: 'NOT_PERMITTED' },
    )
  })

  it('refuses terms and invitations that no peer would accept', async () => {
    const { ledger } = await world.found()
    for (const act of [
      () => ledger.setCredit({ creditLine: -1n }),
      () => ledger.setCredit({ creditLine: 1n << 62n }),
      () => ledger.setWallet('nobody', { listed: true }),
      () => ledger.inviteToken({ ...invitation, uses: 0 }),
      () => ledger.inviteToken({ ...invitation, uses: 1.5 }),
      () => ledger.inviteToken({ ...invitation, ttlMs: 31 * 24 * hour }),
      () => ledger.inviteToken({ ...invitation, addresses: Array(17).fill('/ip4/1.1.1.1') }),
      () => ledger.inviteToken({ ...invitation, addresses: ['not a multiaddr'] }),
    ]) {
      assert.throws(act, { code: 'CONFIG_INVALID' })
    }
    assert.equal(ledger.registry()?.epoch, 1)
  })

  it('does not sign a version again that its folder has lost, and recovers from a member', async () => {
    let founder = await world.found()
    const peer = await world.join(101, founder.ledger.inviteToken(invitation))
    world.deliver()
    await founder.ledger.stop()
    await rm(join(founder.dir, 'rosters', '0000000000000002.cbor'))
    founder = await world.restart(founder)
    assert.equal(founder.ledger.registry()?.epoch, 1)
    assert.throws(() => founder.ledger.setCredit({ creditLine: 7n }), { code: 'STORE_CORRUPT' })
    world.connect(founder, peer)
    founder.ledger.setCredit({ creditLine: 7n })
    world.deliver()
    assert.equal(peer.ledger.registry()?.epoch, 3)
    assert.deepEqual(peer.log.messages, [])
  })

  it('opens no folder that was not prepared, and prepares none twice', async () => {
    const founder = await world.found()
    const { clock, random } = world
    const elsewhere = join(founder.dir, 'empty')
    const parts = { self: founder.key, signer: founder.signer, clock, random, log: founder.log }
    await assert.rejects(createRosterLedger({ ...parts, dir: elsewhere }), { code: 'NOT_A_MEMBER' })
    const again = { dir: founder.dir, founder: signer(2), members: [], creditLine: 0n, clock }
    await assert.rejects(createRoster(again), { code: 'CONFIG_INVALID' })
    await writeFile(join(founder.dir, 'invites.json'), 'damaged')
    await assert.rejects(createRosterLedger({ ...parts, dir: founder.dir, founder: world.founder }), {
      code: 'STORE_CORRUPT',
    })
  })

  it('refuses a token of another network', async () => {
    const founder = await world.found()
    const peer = await world.join(101, founder.ledger.inviteToken(invitation))
    world.deliver()
    const other = new World()
    try {
      Object.assign(other, { founder: signer(2) })
      const foreign = (await other.found()).ledger.inviteToken(invitation)
      const request = { owner: peer.wallet.key, name: 'x' }
      assert.throws(() => peer.ledger.joinRequest(foreign, request), { code: 'TOKEN_INVALID', message: /belongs to/ })
      const prepared = { dir: peer.dir, token: foreign, clock: world.clock, ...request }
      await assert.rejects(joinRoster(prepared), { code: 'TOKEN_INVALID' })
    } finally {
      await other.dispose()
    }
  })
})
