import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { INVITE, JOIN, parseToken, sealInvite, sealJoin } from '#node/adapters/ledgers/roster/invite.ts'
import { ROSTER, ROSTER_BYTES_MAX, type Roster, sealRoster } from '#node/adapters/ledgers/roster/roster.ts'
import { decode, encode, type Plain } from '#protocol/wire/canonical.ts'
import { seal } from '#protocol/wire/envelope.ts'
import { networkDomain } from '#protocol/wire/header.ts'
import type { Signer } from '#protocol/wire/keys.ts'
import { signer, type TestPeer, World } from './world.ts'

const hour = 3_600_000
const invitation = { addresses: [], ttlMs: hour, uses: 1 }
const stranger = signer(66)

describe('roster ledger against hostile input', () => {
  let world: World
  let founder: TestPeer
  let peer: TestPeer
  beforeEach(async () => {
    world = new World()
    founder = await world.found()
    peer = await world.join(101, founder.ledger.inviteToken(invitation))
    world.deliver()
  })
  afterEach(() => world.dispose())

  /** The newest roster with changes, as `by` would sign it. */
  const forge = (changes: Partial<Roster>, by: Signer): Uint8Array => {
    const newest = founder.ledger.roster()
    assert.ok(newest)
    return sealRoster({ ...newest, version: newest.version + 1, ...changes }, by).raw
  }
  const unchanged = (act: () => void): void => {
    const before = [founder.ledger.registry(), peer.ledger.registry()]
    act()
    world.deliver()
    assert.deepEqual([founder.ledger.registry(), peer.ledger.registry()], before)
  }

  it('believes no roster that the founder did not sign', () => {
    unchanged(() => peer.ledger.receive(stranger.key, forge({}, stranger)))
    unchanged(() => peer.ledger.receive(stranger.key, forge({ founder: stranger.key }, stranger)))
    const signed = decode(forge({}, world.founder)) as readonly Plain[]
    const [kind, by, , signature] = signed
    const other = seal(ROSTER, { a: 1 }, new Uint8Array(32), stranger)
    unchanged(() => peer.ledger.receive(stranger.key, encode([kind ?? '', by ?? '', other.body, signature ?? ''])))
  })

  it('believes no roster of another network, nor one signed as another kind or for another domain', () => {
    const foreign = networkDomain('roster:other')
    const newest = founder.ledger.roster()
    assert.ok(newest)
    const body = { ...newest, version: 9, members: [], wallets: [] }
    unchanged(() => peer.ledger.receive(founder.key, forge({ network: `roster:${stranger.key}` }, world.founder)))
    unchanged(() => peer.ledger.receive(founder.key, seal(ROSTER, body, foreign, world.founder).raw))
    const here = networkDomain(founder.ledger.networkId)
    for (const lie of [{ network: 'roster:other' }, { founder: stranger.key }]) {
      unchanged(() => peer.ledger.receive(founder.key, seal(ROSTER, { ...body, ...lie }, here, world.founder).raw))
    }
    unchanged(() => {
      const wrong = seal('invite', body, networkDomain(founder.ledger.networkId), world.founder)
      const renamed = [ROSTER, world.founder.key, wrong.body, wrong.signature] as const
      peer.ledger.receive(founder.key, encode(renamed))
    })
  })

  it('never rolls back, whatever old message is replayed by whomever', () => {
    for (let i = 0; i < 5; i++) founder.ledger.setCredit({ creditLine: BigInt(i) })
    world.deliver()
    const old = [...world.sent]
    unchanged(() => {
      for (const { from, to, message } of old) {
        for (const claimed of [from, stranger.key]) world.peers.get(to)?.ledger.receive(claimed, message)
        world.clock.advance(1_000)
      }
    })
  })

  it('keeps the first of two rosters of one version, and the second as evidence', async () => {
    const twin = forge({ createdMs: 1 }, world.founder)
    founder.ledger.setCredit({ creditLine: 5n })
    world.deliver()
    unchanged(() => peer.ledger.receive(stranger.key, twin))
    unchanged(() => peer.ledger.receive(stranger.key, twin))
    assert.match(peer.log.messages[0] ?? '', /two rosters of one version/)
    assert.equal((await readdir(join(peer.dir, 'evidence'))).length, 1)
  })

  it('goes on with a newer version that names another past, and says so', async () => {
    peer.ledger.receive(founder.key, forge({ previous: new Uint8Array(32).fill(7) }, world.founder))
    assert.equal(peer.ledger.registry()?.epoch, 3)
    assert.match(peer.log.messages[0] ?? '', /two different histories/)
    assert.equal((await readdir(join(peer.dir, 'evidence'))).length, 1)
  })

  it('fills in no past that its own rosters do not name', async () => {
    founder.ledger.setCredit({ creditLine: 5n })
    world.offline.add(peer.key)
    for (let i = 0; i < 5; i++) founder.ledger.setCredit({ creditLine: BigInt(i) })
    world.deliver()
    const newest = founder.ledger.roster()
    assert.ok(newest)
    peer.ledger.receive(founder.key, forge({ version: newest.version }, world.founder))
    const invented = forge({ version: newest.version - 1, createdMs: 3 }, world.founder)
    peer.ledger.receive(founder.key, invented)
    assert.equal(peer.ledger.registryAt(newest.version - 1), undefined)
  })

  it('admits nobody by a token that is forged, changed, expired, or for another network', async () => {
    const good = founder.ledger.inviteToken(invitation)
    const { invite } = parseToken(good, world.clock.wallMs())
    const raw = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.slice('weft1-'.length), 'base64url'))
    const otherNetwork = { ...invite, network: `roster:${stranger.key}`, founder: stranger.key }
    const domain = networkDomain(founder.ledger.networkId)
    const ask = (token: Uint8Array, by = stranger): void => {
      const request = { invite: token, owner: stranger.key, name: 'x' }
      unchanged(() => founder.ledger.receive(by.key, sealJoin(request, founder.ledger.networkId, by)))
      world.clock.advance(10_000)
    }
    ask(raw(sealInvite(invite, stranger)))
    ask(raw(sealInvite({ ...invite, founder: stranger.key }, stranger)))
    ask(raw(sealInvite(otherNetwork, stranger)))
    ask(seal(INVITE, { ...invite, addresses: [...invite.addresses] }, networkDomain('roster:other'), world.founder).raw)
    ask(seal(INVITE, { ...invite, addresses: [], uses: 100_000 }, domain, world.founder).raw)
    ask(new Uint8Array(0))
    world.clock.advance(2 * hour)
    ask(raw(good))
    assert.throws(() => parseToken(good, world.clock.wallMs()), { code: 'TOKEN_INVALID', message: /expired at 20/ })
  })

  it('admits nobody whose request was signed by another, or for another network', () => {
    const token = founder.ledger.inviteToken(invitation)
    const { raw } = parseToken(token, world.clock.wallMs())
    const request = { invite: raw, owner: stranger.key, name: 'x' }
    unchanged(() => founder.ledger.receive(stranger.key, sealJoin(request, founder.ledger.networkId, signer(67))))
    unchanged(() => founder.ledger.receive(stranger.key, sealJoin(request, 'roster:other', stranger)))
    const renamed = sealJoin({ ...request, name: '\u001b[2J' }, founder.ledger.networkId, stranger)
    unchanged(() => founder.ledger.receive(stranger.key, renamed))
    founder.ledger.receive(stranger.key, sealJoin(request, founder.ledger.networkId, stranger))
    assert.equal(founder.ledger.registry()?.members.length, 3, 'the token was still good')
  })

  it('admits by a token as many as it is for, whoever replays it in whatever order', () => {
    const token = founder.ledger.inviteToken({ ...invitation, uses: 2 })
    const { raw } = parseToken(token, world.clock.wallMs())
    for (let i = 0; i < 20; i++) {
      const joiner = signer(200 + (i % 7))
      const request = { invite: raw, owner: joiner.key, name: 'x' }
      founder.ledger.receive(joiner.key, sealJoin(request, founder.ledger.networkId, joiner))
      if (i % 3 === 0) founder.ledger.removeMember(joiner.key)
      world.clock.advance(5_000)
    }
    const admitted = new Set(world.sent.flatMap(({ message }) => membersIn(message)))
    assert.deepEqual([...admitted].filter((key) => key !== founder.key && key !== peer.key).length, 2)
  })

  it('answers a flood with little: messages and join requests are rate-limited per peer', () => {
    const ask = encode(['ask', 1])
    const before = world.sent.length
    for (let i = 0; i < 5_000; i++) founder.ledger.receive(stranger.key, ask)
    assert.ok(world.sent.length - before <= 160)
    founder.ledger.greet(peer.key)
    const calm = world.sent.length
    founder.ledger.receive(peer.key, ask)
    assert.equal(world.sent.length, calm + 1, 'others are still served')
    world.clock.advance(1_000)
    founder.ledger.receive(stranger.key, ask)
    assert.equal(world.sent.length, calm + 2, 'and so is the flooder, later')
  })

  it('judges at most five join requests of one peer at once', () => {
    const { raw } = parseToken(founder.ledger.inviteToken({ ...invitation, ttlMs: 1 }), world.clock.wallMs())
    world.clock.advance(1)
    const before = world.sent.length
    const request = sealJoin({ invite: raw, owner: stranger.key, name: 'x' }, founder.ledger.networkId, stranger)
    for (let i = 0; i < 100; i++) founder.ledger.receive(stranger.key, request)
    assert.equal(world.sent.length - before, 5)
  })

  it('takes a refusal only from the founder it asked, and only for that token', async () => {
    world.offline.add(founder.key)
    const token = founder.ledger.inviteToken(invitation)
    const joiner = await world.join(102, token)
    const { nonce } = parseToken(token, world.clock.wallMs()).invite
    joiner.ledger.receive(stranger.key, encode(['refused', nonce, 'go away']))
    joiner.ledger.receive(founder.key, encode(['refused', '00'.repeat(16), 'go away']))
    assert.equal(joiner.ledger.membership().state, 'joining')
    joiner.ledger.receive(founder.key, encode(['refused', nonce, 'go away']))
    assert.equal(joiner.ledger.membership().state, 'refused')
  })

  it('survives any bytes, and any change of a good message', () => {
    const good = [
      forge({}, world.founder),
      sealJoin({ invite: new Uint8Array(9), owner: stranger.key, name: 'x' }, founder.ledger.networkId, stranger),
      encode(['ask', 1]),
    ]
    const messy = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.tuple(fc.constantFrom(...good), fc.nat(), fc.integer({ min: 1, max: 255 })).map(([message, at, flip]) => {
        const changed = message.slice()
        const index = at % changed.length
        changed[index] = (changed[index] ?? 0) ^ flip
        return changed
      }),
      fc
        .constantFrom<Plain>([], ['ask'], ['ask', -1], ['ask', 2 ** 53 - 1], [JOIN, 1, 2, 3], { a: 1 }, null)
        .map(encode),
    )
    unchanged(() => {
      fc.assert(
        fc.property(messy, (message) => {
          world.clock.advance(1_000)
          founder.ledger.receive(stranger.key, message)
          peer.ledger.receive(stranger.key, message)
        }),
        { numRuns: 500 },
      )
      peer.ledger.receive(stranger.key, new Uint8Array(ROSTER_BYTES_MAX + 1))
    })
    assert.ok(!founder.log.messages.includes('ledger message not handled'))
    assert.ok(!peer.log.messages.includes('ledger message not handled'))
  })

  it('reads no token that a person damaged, and forgives white space', () => {
    const token = founder.ledger.inviteToken({ ...invitation, addresses: ['/ip4/10.0.0.1/tcp/9339'] })
    const nowMs = world.clock.wallMs()
    assert.deepEqual(parseToken(` ${token.slice(0, 50)}\n  ${token.slice(50)} `, nowMs).invite.addresses.length, 1)
    for (const text of [
      '',
      'hello',
      token.slice(1),
      token.slice(0, -3),
      `${token}A`,
      token.replace('weft1-', 'weft2-'),
    ]) {
      assert.throws(() => parseToken(text, nowMs), { code: 'TOKEN_INVALID' })
    }
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom('A', 'b', '7', '_', '!'), (at, char) => {
        const changed = token.slice(0, at) + char + token.slice(at + 1)
        if (changed !== token) assert.throws(() => parseToken(changed, nowMs), { code: 'TOKEN_INVALID' })
      }),
    )
  })
})

/** Peers on the roster in a message, if it is one. */
function membersIn(message: Uint8Array): string[] {
  const value = decode(message)
  if (!Array.isArray(value) || value[0] !== ROSTER) return []
  const body = decode(value[2] as Uint8Array) as unknown as Roster
  return body.members.map((member) => member.peer)
}
