import assert from 'node:assert/strict'
import { walletBalance } from '#node/adapters/ledgers/solana/balances.ts'
import { networkRecord } from '#node/adapters/ledgers/solana/epoch.ts'
import { nodeState } from '#node/adapters/ledgers/solana/membership.ts'
import { claim } from '#node/adapters/ledgers/solana/wallet.ts'
import { type ChainWorld, startChainWorld } from './chain-world.ts'
import { isClosed, until } from './world.ts'

/** Two of four: all four are witnesses of every account. */
const EQUIVOCATORS = [2, 3]
const JOB =
  'version: 1\nname: quiet\nengine: { type: noop, text: a }\nrequirements: { time: 30s }\npriceMax: 1\ndeadline: 10m\n'
/** Each of its entries gives every honest witness a chance to see both headers. */
const JOBS_MAX = 30

describe('witnesses that sign two headers for one height, on a local chain', function () {
  this.timeout(600_000)
  let here: ChainWorld
  before(async () => {
    here = await startChainWorld({ peers: 4, equivocators: EQUIVOCATORS })
  })
  after(() => here?.end())

  it('lose their whole stake by what their peers saw and bring to the chain; the honest lose nothing', async () => {
    const { world, chain, members, stake, treasury } = here
    const at = { at: world.peer(0) }
    const states = () =>
      Promise.all(members.map(async ({ peer }) => (await nodeState(chain, peer.key)) ?? assert.fail('not registered')))
    const convicted = async () => EQUIVOCATORS.every((i) => slashed[i] === true)
    let slashed: boolean[] = []
    let jobs = 0
    await until('both to be slashed', async () => {
      if (jobs++ < JOBS_MAX) await world.untilJob(await world.post(JOB, at), isClosed, at)
      slashed = (await states()).map((state) => state.slashed)
      return convicted()
    })
    for (const [i, state] of (await states()).entries()) {
      const guilty = EQUIVOCATORS.includes(i)
      assert.deepEqual([state.slashed, state.staked], [guilty, guilty ? 0n : stake], `peer ${i}`)
    }
    const { slashed: taken } = await networkRecord(chain)
    assert.equal(taken, stake * BigInt(EQUIVOCATORS.length))
    const before = (await walletBalance(chain, treasury.key)).tokens
    const claimed = await claim(chain, treasury, { toAccount: false })
    assert.equal((await walletBalance(chain, treasury.key)).tokens, before + (claimed?.amount ?? 0n))
    assert((claimed?.amount ?? 0n) >= taken)
    assert.equal((await networkRecord(chain)).slashed, 0n)
    const events = await world.weft(['chain', 'events', '--json'])
    const told = Object(JSON.parse(events.stdout)).events.filter(({ name }: { name: string }) => name === 'NodeSlashed')
    assert.deepEqual(
      new Set(told.map((event: { data: { peer: string } }) => event.data.peer)),
      new Set(EQUIVOCATORS.map((i) => members[i]?.peer.key)),
    )
    console.log(`      ${jobs} jobs until both were convicted`)
  })
})
