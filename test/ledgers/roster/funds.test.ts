import assert from 'node:assert/strict'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { sumTotals, type Totals } from '#protocol/credits/totals.ts'
import { type Header, networkDomain, RULES_VERSION } from '#protocol/wire/header.ts'
import type { WalletKey } from '#protocol/wire/keys.ts'
import { signer, type TestPeer, World } from './world.ts'

const [alice, bob, carol] = [signer(1_001).key, signer(1_002).key, signer(1_003).key]
const hour = 3_600_000

/** A roster does not look at it. */
const REST = new Uint8Array(32)

describe('roster funds', () => {
  let world: World
  let founder: TestPeer
  beforeEach(async () => {
    world = new World()
    founder = await world.found({ creditLine: 1_000n })
  })
  afterEach(() => world.dispose())

  const total = (wallet: WalletKey): bigint | undefined => founder.ledger.funds(wallet)?.total
  const header = (account: WalletKey, height: number, totals: Totals, network = founder.ledger.networkId): Header => ({
    domain: networkDomain(network),
    account,
    stateRoot: new Uint8Array(32),
    epoch: 1,
    height,
    timeMs: world.clock.wallMs(),
    spent: sumTotals(totals),
    reserved: 0n,
    lastSeq: height,
    rulesVersion: RULES_VERSION,
    sealed: false,
  })
  const offer = (account: WalletKey, height: number, totals: Record<WalletKey, bigint>): void => {
    const map = new Map(Object.entries(totals))
    founder.ledger.offerHeader(header(account, height, map), map, new Map(), REST)
  }

  it('gives a credit line to owners of members and listed wallets, and open credit to others', () => {
    assert.equal(total(founder.wallet.key), 1_000n)
    assert.equal(total(alice), 0n)
    founder.ledger.setWallet(alice, { listed: true })
    assert.equal(total(alice), 1_000n)
    founder.ledger.setCredit({ openCredit: 10n })
    assert.equal(total(bob), 10n)
    founder.ledger.setCredit({ creditLine: 5n })
    assert.equal(total(alice), 10n, 'nobody known has less than a stranger')
    founder.ledger.setWallet(alice, { listed: false })
    founder.ledger.setCredit({ openCredit: 0n })
    assert.equal(total(alice), 0n)
  })

  it('takes the credit line with the membership', async () => {
    const peer = await world.join(101, founder.ledger.inviteToken({ addresses: [], ttlMs: hour, uses: 1 }))
    world.deliver()
    assert.equal(total(peer.wallet.key), 1_000n)
    founder.ledger.removeMember(peer.key)
    assert.equal(total(peer.wallet.key), 0n)
  })

  it('is never stale: a roster has no chain to lag behind', () => {
    world.clock.advance(24 * hour)
    assert.equal(founder.ledger.funds(alice)?.asOfMs, world.clock.wallMs())
  })

  it('knows no funds before it knows a roster', async () => {
    world.offline.add(founder.key)
    const peer = await world.join(101, founder.ledger.inviteToken({ addresses: [], ttlMs: hour, uses: 1 }))
    assert.equal(peer.ledger.funds(alice), undefined)
    assert.equal(peer.ledger.registry(), undefined)
  })

  it('adds what a wallet earned from others, not from itself', () => {
    offer(alice, 1, { [bob]: 30n, [alice]: 500n })
    offer(carol, 1, { [bob]: 12n })
    assert.equal(total(bob), 42n)
    assert.equal(total(alice), 0n)
    offer(alice, 2, { [bob]: 31n, [alice]: 500n })
    assert.equal(total(bob), 43n)
  })

  it('takes no totals of another network, of a wrong sum, or that fall', () => {
    const map = new Map([[bob, 5n]])
    founder.ledger.offerHeader(header(alice, 1, map, 'roster:other'), map, new Map(), REST)
    founder.ledger.offerHeader({ ...header(alice, 1, map), spent: 6n }, map, new Map(), REST)
    assert.equal(total(bob), 0n)
    offer(alice, 2, { [bob]: 5n, [carol]: 5n })
    offer(alice, 3, { [bob]: 50n, [carol]: 4n })
    offer(alice, 4, { [bob]: 50n })
    assert.deepEqual([total(bob), total(carol)], [5n, 5n])
  })

  it('tells of earnings once for many, and keeps them over a restart', async () => {
    const before = founder.changes
    for (let height = 1; height <= 50; height++) offer(alice, height, { [bob]: BigInt(height) })
    assert.equal(founder.changes, before)
    world.clock.advance(500)
    assert.equal(founder.changes, before + 1)
    offer(carol, 7, { [bob]: 2n ** 60n })
    founder = await world.restart(founder)
    assert.equal(total(bob), 50n + 2n ** 60n)
    offer(carol, 7, { [bob]: 2n ** 61n })
    offer(alice, 50, { [bob]: 99n })
    assert.equal(total(bob), 50n + 2n ** 60n)
  })

  it('starts with what is readable if an earnings file is damaged, and learns the rest again', async () => {
    offer(alice, 1, { [bob]: 5n })
    offer(carol, 1, { [bob]: 7n })
    await founder.ledger.stop()
    assert.equal((await readdir(join(founder.dir, 'earnings'))).length, 2)
    await writeFile(join(founder.dir, 'earnings', `${alice}.cbor`), 'torn')
    founder = await world.restart(founder)
    assert.equal(total(bob), 7n)
    offer(alice, 1, { [bob]: 5n })
    assert.equal(total(bob), 12n)
  })

  it('comes to the same sums whatever the order and repetition of headers, and never falls on the way', async () => {
    // A history per account: totals that only grow with the height.
    const growth = fc.array(fc.tuple(fc.bigInt(0n, 100n), fc.bigInt(0n, 100n)), { minLength: 1, maxLength: 6 })
    const history = fc.record({ alice: growth, carol: growth, order: fc.array(fc.nat(), { maxLength: 30 }) })
    await fc.assert(
      fc.asyncProperty(history, async ({ alice: fromAlice, carol: fromCarol, order }) => {
        const own = new World()
        try {
          const peer = await own.found()
          const headers = [...grown(alice, fromAlice), ...grown(carol, fromCarol)]
          let before = 0n
          const shuffled = [...order.map((index) => headers[index % headers.length]), ...headers]
          for (const one of shuffled) {
            if (one === undefined) continue
            peer.ledger.offerHeader(
              header(one.account, one.height, one.totals, peer.ledger.networkId),
              one.totals,
              new Map(),
              REST,
            )
            const now = peer.ledger.funds(bob)?.total ?? 0n
            assert.ok(now >= before)
            before = now
          }
          const sum = (steps: [bigint, bigint][]): bigint => steps.reduce((all, [step]) => all + step, 0n)
          assert.equal(before, sum(fromAlice) + sum(fromCarol))
        } finally {
          await own.dispose()
        }
      }),
      { numRuns: 15 },
    )
  })
})

/** Certified totals at heights 1, 2, … */
function grown(
  account: WalletKey,
  steps: [bigint, bigint][],
): { account: WalletKey; height: number; totals: Totals }[] {
  let [toBob, toOther] = [0n, 0n]
  return steps.map(([bobs, others], index) => {
    toBob += bobs
    toOther += others
    return {
      account,
      height: index + 1,
      totals: new Map([
        [bob, toBob],
        [account === alice ? carol : alice, toOther],
      ]),
    }
  })
}
