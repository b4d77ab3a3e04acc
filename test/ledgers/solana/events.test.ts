import assert from 'node:assert/strict'
import { keypairOf } from '#node/adapters/ledgers/solana/cluster.ts'
import { networkRecord } from '#node/adapters/ledgers/solana/epoch.ts'
import { EventIndex, type Synced } from '#node/adapters/ledgers/solana/event-index.ts'
import { followEvents } from '#node/adapters/ledgers/solana/event-listener.ts'
import { send } from '#node/adapters/ledgers/solana/send.ts'
import { tokensOf } from '#node/adapters/ledgers/solana/tokens.ts'
import { deposit } from '#node/adapters/ledgers/solana/wallet.ts'
import { createMemoryStore } from '#node/adapters/store/memory.ts'
import type { Ledger } from '#node/ports/ledger.ts'
import type { Store } from '#node/ports/store.ts'
import { readCreditAccount } from '#programs/client/read.ts'
import { vaultAddress } from '#programs/client/receipt-pdas.ts'
import * as receipts from '#programs/client/receipts.ts'
import { chainDomain } from '#programs/client/registry-pdas.ts'
import { concat, utf8 } from '#protocol/wire/hash.ts'
import { leafHash, nodeHash } from '#protocol/wire/merkle.ts'
import { closedSlot, rpc } from '../local-chain/world.ts'
import { certify, offer } from './certify.ts'
import { until } from './until.ts'
import { World } from './world.ts'

describe('the events of a network', function () {
  this.timeout(120_000)
  const world = new World()
  let store: Store
  let index: EventIndex
  before(() => world.found({ posters: 2 }))
  after(() => world.end())
  beforeEach(async () => {
    store = createMemoryStore()
    await store.open()
    index = await EventIndex.open(world.network, store)
  })

  const poster = (i: number) => world.posters[i] ?? assert.fail()
  const names = async (from = index) => {
    const found: string[] = []
    for await (const { name } of from.read()) found.push(name)
    return found.sort()
  }
  const fault = (change: object) => rpc(world.server, 'weft_setFaults', [change])

  it('are the four and those that change accounts, read once, the same after a restart, and agree with the chain', async () => {
    const ledger: Ledger = await world.ledger()
    await ledger.start({ changed() {}, send() {} })
    const { mint } = await networkRecord(world.network)
    const { programs, address: network } = world.network
    const wallet = keypairOf(poster(0))
    const job = {
      owner: wallet.publicKey,
      domain: chainDomain(world.network.networkId),
      job: new Uint8Array(32).fill(7),
      amount: 5n,
      deadline: BigInt(Math.floor(Date.now() / 1_000) + 3_600),
      source: tokensOf(mint, wallet.publicKey),
      tokens: tokensOf(mint, vaultAddress(network)),
    }
    await send(world.network, [await receipts.createJob(programs, network, job)], [wallet])
    // A state with one job record in it, as the protocol's tree has it.
    const record = utf8('record of a job')
    const metaLeaf = leafHash(utf8('meta'))
    const jobsRoot = leafHash(concat(utf8('weft-job'), record))
    const owner = world.members[0]?.owner.key ?? ''
    const init = {
      account: poster(0).key,
      height: 1,
      totals: { [owner]: 400n },
      jobsAndMeta: nodeHash(jobsRoot, metaLeaf),
    }
    const certified = certify(world, ledger, init)
    offer([ledger], certified)
    const at = { network, key: wallet.publicKey }
    await until(async () => (await readCreditAccount(programs, at)).value?.spent === 400n)
    const proof = { record, proof: { index: 0, size: 1, path: [] }, metaLeaf, totalsRoot: certified.totalsRoot }
    await send(world.network, [await receipts.completeJob(programs, at, proof)], [wallet])
    await ledger.stop()

    const { added } = await index.sync()
    const counted = new Map<string, number>()
    for (const { name } of added) counted.set(name, (counted.get(name) ?? 0) + 1)
    const expected = {
      NodeRegistered: 4,
      JobCreated: 1,
      JobCompleted: 1,
      PaymentDistributed: 1,
      AccountOpened: 2,
      Settled: 1,
    }
    for (const [name, count] of Object.entries(expected)) assert.equal(counted.get(name), count, name)
    assert.deepEqual(await index.sync(), { added: [], undone: [] })
    assert.deepEqual(await index.reconcile(), [])
    const again = await EventIndex.open(world.network, store)
    assert.deepEqual(await again.sync(), { added: [], undone: [] })
    assert.deepEqual(await names(again), await names())
    const mine: string[] = []
    for await (const { name } of index.ofWallet(owner)) mine.push(name)
    assert.deepEqual(mine.sort(), ['NodeRegistered', 'PaymentDistributed'])
  })

  it('disappear with the slots that were rolled back, and come again with them', async () => {
    await index.sync()
    const before = await names()
    await fault({ finalizeSlots: 1_000 })
    const slot = await closedSlot(world.server)
    await deposit(world.network, poster(1), { amount: 11n })
    assert.deepEqual(
      (await index.sync()).added.map(({ name }) => name),
      ['Deposited'],
    )
    await fault({ rollBackTo: slot })
    const { added, undone } = await index.sync()
    assert.deepEqual([added.length, undone.map(({ name }) => name)], [0, ['Deposited']])
    assert.deepEqual(await names(), before)
    await fault({ finalizeSlots: 4 })
    await deposit(world.network, poster(1), { amount: 11n })
    assert.equal((await index.sync()).added.length, 1)
    assert.deepEqual(await index.reconcile(), [])
  })

  it('are followed, and what happened while nobody listened is made up for', async () => {
    await index.sync()
    await deposit(world.network, poster(1), { amount: 1n })
    const stop = new AbortController()
    const heard: Synced[] = []
    const options = { signal: stop.signal, log: world.log, onSynced: (synced: Synced) => void heard.push(synced) }
    const following = followEvents(world.network, index, options)
    const amounts = () => heard.flatMap(({ added }) => added.map(({ data }) => data['amount']))
    await until(() => amounts().includes('1'))
    await deposit(world.network, poster(1), { amount: 2n })
    await until(() => amounts().includes('2'))
    stop.abort()
    await following
  })

  it('are missed in a store that lost some: the sums on chain tell', async () => {
    await index.sync()
    const [row] = await store
      .range({ gte: 'chain/event/', lt: 'chain/event/\uffff', limit: 1_000 })
      .then((rows) => rows.filter(([, bytes]) => new TextDecoder().decode(bytes).includes('Deposited')))
    await store.write([{ del: row?.[0] ?? '' }], { durable: true })
    const [difference] = await index.reconcile()
    assert.equal(difference?.field, 'deposited')
    await index.clear()
    await index.sync()
    assert.deepEqual(await index.reconcile(), [])
  })
})
