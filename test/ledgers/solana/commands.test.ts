import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatKeyPair, generateKeyPair, type KeyPair } from '#node/adapters/keys/keypair.ts'
import { walletBalance } from '#node/adapters/ledgers/solana/balances.ts'
import { callChain, networkRecord } from '#node/adapters/ledgers/solana/epoch.ts'
import { clusterFlag } from '#node/cli/chain/cluster-flag.ts'
import { weft as run } from '../../e2e/world.ts'
import { command } from './command.ts'
import { World } from './world.ts'

const CREDIT = 1_000_000n
/** More than it takes, in slots and in time. */
const UNBONDING = { slots: 100, seconds: 100 }

describe('commands about the chain', function () {
  this.timeout(120_000)
  const world = new World()
  let home: string
  before(async () => {
    await world.found({ members: 1, posters: 1 })
    home = await world.folder()
    await writeFile(join(home, 'wallet.json'), formatKeyPair(poster()), { mode: 0o600 })
    await writeFile(join(home, 'founder.json'), formatKeyPair(world.founder), { mode: 0o600 })
    await writeFile(join(home, 'config.yaml'), `network: ${world.server.rpcUrl}\nnetworkName: test\n`)
  })
  after(() => world.end())

  const poster = (): KeyPair => world.posters[0] ?? assert.fail()
  const weft = (args: readonly string[], at = home) => command(args, at)
  const refused = async (args: readonly string[], code: string, exit: number, at = home) => {
    const ended = await weft(args, at)
    assert.deepEqual([ended.answer.error?.code, ended.code], [code, exit], JSON.stringify(ended.answer))
    return String(ended.answer.error.message)
  }

  it('answer as a process of their own as in this one', async () => {
    const { code, stdout, stderr } = await run(['credits', 'balance', '--json'], { home })
    assert.deepEqual([JSON.parse(stdout), code], [(await weft(['credits', 'balance'])).answer, 0], stderr)
  })

  it('show, pay in, take out and move credits; and name what is short', async () => {
    const { answer } = await weft(['credits', 'balance'])
    assert.deepEqual([answer.wallet, answer.account.free, answer.tokens], [poster().key, '100000000', '100000000'])
    assert.equal((await weft(['credits', 'deposit', '2.5'])).answer.amount, '2500000')
    await refused(['credits', 'deposit', '1000'], 'CREDITS_SHORT', 5)
    await refused(['credits', 'deposit', '-1'], 'USAGE', 2)
    const taken = await weft(['credits', 'withdraw', '1'])
    assert.deepEqual([taken.answer.state, taken.answer.amount], ['done', '1000000'])
    await refused(['credits', 'withdraw', '500'], 'CREDITS_SHORT', 5)
    const stranger = generateKeyPair().key
    assert.match(await refused(['credits', 'transfer', stranger, '1'], 'NOT_FOUND', 1), /has no account/)
    const { account, tokens } = await walletBalance(world.network, poster().key)
    assert.deepEqual([account?.free, tokens], [101_500_000n, 98_500_000n])
  })

  it('mint on a local chain, and open an account that may be spent from at once', async () => {
    const other = await world.folder()
    const wallet = generateKeyPair()
    await writeFile(join(other, 'other.json'), formatKeyPair(wallet), { mode: 0o600 })
    const minted = await weft(['credits', 'mint', '20', '--to', wallet.key])
    assert.match(minted.answer.signature, /^\w{64,90}$/)
    const flags = ['-u', world.server.rpcUrl, '--network-name', 'test', '-k', join(other, 'other.json')]
    await refused(['credits', 'mint', '1', ...flags], 'NOT_PERMITTED', 1, other)
    const paid = await weft(['credits', 'deposit', '5', '--limit', '3', ...flags], other)
    assert.ok(paid.answer.networkEpoch >= paid.answer.epoch)
    const moved = await weft(['credits', 'transfer', poster().key, '2', ...flags], other)
    assert.equal(moved.answer.state, 'done')
    const { account } = await walletBalance(world.network, wallet.key)
    assert.deepEqual([account?.authorised, account?.free], [3n * CREDIT, 3n * CREDIT])
  })

  it('register, stake, give up and leave, in the order that the registry asks for', async () => {
    const folder = join(await world.folder(), 'peer')
    await mkdir(folder, { recursive: true })
    const owner = generateKeyPair()
    await writeFile(join(folder, 'wallet.json'), formatKeyPair(owner), { mode: 0o600 })
    await writeFile(join(folder, 'config.yaml'), `network: ${world.server.rpcUrl}\nnetworkName: test\n`)
    const { minStake: stake } = await networkRecord(world.network)
    const tokens = stake * 3n
    await weft(['credits', 'mint', String(tokens / CREDIT), '--to', owner.key])
    await refused(['stake'], 'NOT_A_MEMBER', 1, folder)
    const { answer } = await weft(['register'], folder)
    assert.deepEqual([answer.wallet, answer.staked, answer.seats], [owner.key, String(stake), 1])
    assert.equal((await weft(['stake', 'add', String(stake / CREDIT)], folder)).answer.seats, 2)
    assert.match(await refused(['deregister'], 'CHAIN_REFUSED', 1, folder), /nodeInUse/)
    assert.match(await refused(['stake', 'withdraw'], 'CHAIN_REFUSED', 1, folder), /nothingUnbonding/)
    const shown = await weft(['stake'], folder)
    assert.deepEqual([shown.answer.seats, shown.answer.slashed], [2, false])

    // Nobody takes stake away from a committee that may have been drawn already: the seats serve out first.
    await world.nextEpoch()
    assert.match(await refused(['stake', 'remove', 'all'], 'CHAIN_REFUSED', 1, folder), /stakeHeld/)
    assert.equal((await weft(['stake'], folder)).answer.seats, 0)
    await world.nextEpoch()
    await world.nextEpoch()
    await refused(['stake', 'remove', '1000'], 'CREDITS_SHORT', 5, folder)
    const removed = await weft(['stake', 'remove', 'all'], folder)
    assert.deepEqual([removed.code, removed.answer.amount], [0, String(stake * 2n)], JSON.stringify(removed.answer))
    assert.match(await refused(['stake', 'withdraw'], 'CHAIN_REFUSED', 1, folder), /stillUnbonding/)
    assert.match(await refused(['deregister'], 'CHAIN_REFUSED', 1, folder), /nodeInUse/)
    await callChain(world.server.rpcUrl, 'weft_warp', [UNBONDING])
    const taken = await weft(['stake', 'withdraw'], folder)
    assert.deepEqual([taken.code, taken.answer.amount], [0, String(stake * 2n)], JSON.stringify(taken.answer))
    assert.equal((await walletBalance(world.network, owner.key)).tokens, tokens)
    const left = await weft(['deregister'], folder)
    assert.deepEqual([left.code, left.answer.peer], [0, answer.peer])
    await refused(['stake'], 'NOT_A_MEMBER', 1, folder)
    assert.equal((await weft(['register', '--stake', String((stake * 2n) / CREDIT)], folder)).answer.seats, 2)
  })

  it('say where they were sent: a private network, no network, no chain', async () => {
    const empty = await world.folder()
    await refused(['credits', 'balance'], 'LEDGER_OTHER', 2, empty)
    await refused(
      ['credits', 'balance', '-u', world.server.rpcUrl, '--network-name', 'none'],
      'NETWORK_UNKNOWN',
      1,
      empty,
    )
    await refused(['credits', 'balance', '-u', 'http://127.0.0.1:1'], 'CHAIN_UNREACHABLE', 3, empty)
    await refused(['credits', 'balance', '-u', 'nonsense'], 'CONFIG_INVALID', 2, empty)
  })

  it('read the network’s events and a wallet’s history', async () => {
    const { answer } = await weft(['chain', 'events'])
    assert.equal(answer.agrees, true)
    assert.ok(answer.events.some(({ name }: { name: string }) => name === 'NodeRegistered'))
    const later = await weft(['chain', 'events', '--since', String(answer.events.at(-1).slot + 1)])
    assert.deepEqual(later.answer.events, [])
    const history = await weft(['credits', 'history'])
    const names = new Set(history.answer.events.map(({ name }: { name: string }) => name))
    assert.deepEqual(names, new Set(['AccountOpened', 'Deposited', 'Withdrawn']))
  })

  it('take contradicting flags for a mistake', () => {
    assert.equal(clusterFlag({}), undefined)
    assert.equal(clusterFlag({ url: 'd' }), 'devnet')
    assert.equal(clusterFlag({ ledger: 'roster' }), 'roster')
    assert.throws(() => clusterFlag({ ledger: 'roster', url: 'devnet' }), { code: 'USAGE' })
    assert.throws(() => clusterFlag({ ledger: 'paper' }), { code: 'USAGE' })
  })
})
