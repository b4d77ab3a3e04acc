import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatKeyPair, generateKeyPair, type KeyPair } from '#node/adapters/keys/keypair.ts'
import { walletBalance } from '#node/adapters/solana/balances.ts'
import { networkRecord } from '#node/adapters/solana/epoch.ts'
import { clusterFlag } from '#node/cli/cluster-flag.ts'
import { weft as run } from '../e2e/world.ts'
import { World } from './world.ts'

const CREDIT = 1_000_000n

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
  const weft = async (args: readonly string[], at = home) => {
    const { code, stdout, stderr } = await run([...args, '--json'], { home: at })
    return { code, answer: Object(JSON.parse(stdout === '' ? '{}' : stdout)), stderr }
  }
  const refused = async (args: readonly string[], code: string, exit: number, at = home) => {
    const ended = await weft(args, at)
    assert.deepEqual([ended.answer.error?.code, ended.code], [code, exit], ended.stderr)
    return String(ended.answer.error.message)
  }

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
