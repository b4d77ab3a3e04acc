import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { walletBalance } from '#node/adapters/ledgers/solana/balances.ts'
import {
  type ChainNetwork,
  chainNetwork,
  connectTo,
  findNetwork,
  isLoopback,
  networkIdOf,
  rpcUrlOf,
} from '#node/adapters/ledgers/solana/cluster.ts'
import { EventFeed } from '#node/adapters/ledgers/solana/event-feed.ts'
import { EventIndex } from '#node/adapters/ledgers/solana/event-index.ts'
import { createSolanaLedger } from '#node/adapters/ledgers/solana/ledger.ts'
import { socketUrlOf } from '#node/adapters/ledgers/solana/log-socket.ts'
import { deposit } from '#node/adapters/ledgers/solana/wallet.ts'
import { createMemoryStore } from '#node/adapters/store/memory.ts'
import { createSystemClock } from '#node/adapters/system/clock.ts'
import { clusterFlag } from '#node/cli/chain/cluster-flag.ts'
import type { Ledger } from '#node/ports/ledger.ts'
import type { Store } from '#node/ports/store.ts'
import { until } from './until.ts'
import { World } from './world.ts'

type Answer = { readonly status: number; readonly body: unknown } | 'silence' | undefined

/**
 * A node in front of a chain that answers as `say` wants: with its own words, not at all, or (undefined) as the chain
 * does.
 */
class Node {
  say: (method: string, params: unknown) => Answer = () => undefined
  asked = 0
  readonly #server: Server
  readonly rpcUrl: string

  private constructor(server: Server, target: string) {
    this.#server = server
    this.rpcUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    server.on('request', async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const body = Buffer.concat(chunks).toString()
      const { id, method, params } = Object(JSON.parse(body))
      this.asked++
      const answer = this.say(String(method), params)
      if (answer === 'silence') return
      response.setHeader('content-type', 'application/json')
      if (answer !== undefined) {
        response.statusCode = answer.status
        response.end(JSON.stringify({ jsonrpc: '2.0', id, ...Object(answer.body) }))
        return
      }
      const real = await fetch(target, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
      response.end(await real.text())
    })
  }

  static async start(target: string): Promise<Node> {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    return new Node(server, target)
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((resolve) => this.#server.close(() => resolve()))
  }
}

const TOO_MANY: Answer = { status: 429, body: { error: { code: 429, message: 'Too many requests' } } }
const BEHIND: Answer = {
  status: 200,
  body: { error: { code: -32016, message: 'Minimum context slot has not been reached' } },
}
const GENESIS = 'EtWTRABZaYq6iMfeYKouRu166VU2xqa1wcaWoxPkrZBG'

describe('a cluster that is not ours', function () {
  this.timeout(60_000)
  const world = new World()
  let node: Node
  let chain: ChainNetwork
  before(() => world.found({ posters: 1 }))
  after(() => world.end())
  beforeEach(async () => {
    node = await Node.start(world.server.rpcUrl)
    chain = chainNetwork(node.rpcUrl, world.network.networkId)
  })
  afterEach(() => node.stop())

  const poster = () => world.posters[0] ?? assert.fail()
  const ledgerOn = async (store: Store): Promise<Ledger> => {
    await store.open()
    return createSolanaLedger({
      ...{ rpcUrl: node.rpcUrl, name: 'test', keys: world.members[0]?.peer ?? assert.fail(), store },
      ...{ clock: createSystemClock(), log: world.log, policy: { everyMs: 200, min: 0n } },
    })
  }

  it('is named by a word, a letter or a URL', () => {
    assert.equal(rpcUrlOf('devnet'), 'https://api.devnet.solana.com')
    assert.equal(rpcUrlOf('testnet'), 'https://api.testnet.solana.com')
    assert.equal(rpcUrlOf('mainnet-beta'), 'https://api.mainnet-beta.solana.com/')
    assert.equal(rpcUrlOf('localnet'), 'http://127.0.0.1:8899')
    assert.equal(rpcUrlOf('https://rpc.example.com/key'), 'https://rpc.example.com/key')
    const words = { d: 'devnet', t: 'testnet', m: 'mainnet-beta', l: 'localnet', localhost: 'localnet' }
    for (const [letter, word] of Object.entries(words)) assert.equal(clusterFlag({ url: letter }), word)
    assert.equal(isLoopback(rpcUrlOf('localnet')), true)
    assert.equal(isLoopback(rpcUrlOf('devnet')), false)
    assert.equal(socketUrlOf('https://api.devnet.solana.com'), 'wss://api.devnet.solana.com/')
    assert.equal(socketUrlOf('http://127.0.0.1:8899'), 'ws://127.0.0.1:8900/')
  })

  it('may answer 429 to every fourth question: reading, paying and indexing go on', async () => {
    node.say = () => (node.asked % 4 === 0 ? TOO_MANY : undefined)
    const before = (await walletBalance(world.network, poster().key)).account?.deposited ?? 0n
    await deposit(await findNetwork(node.rpcUrl, 'test'), poster(), { amount: 7n })
    const store = createMemoryStore()
    await store.open()
    const index = await EventIndex.open(chain, store)
    await index.sync()
    assert.deepEqual(await (await EventIndex.open(world.network, store)).reconcile(), [])
    const ledger = await ledgerOn(createMemoryStore())
    await ledger.start({ changed() {}, send() {} })
    await until(() => (ledger.funds(poster().key)?.total ?? 0n) >= before + 7n)
    await ledger.stop()
  })

  it('may be silent: the question ends, and says where', async () => {
    node.say = () => 'silence'
    const asking = networkIdOf(connectTo(node.rpcUrl, { timeoutMs: 200 }), 'test')
    await assert.rejects(asking, (error) => {
      assert.match(String(error), new RegExp(node.rpcUrl))
      return Object(error).code === 'CHAIN_UNREACHABLE'
    })
  })

  it('may be silent while a peer stops: nothing waits for it', async function () {
    this.timeout(8_000) // a question to a silent node takes ten seconds
    const store = createMemoryStore()
    await store.open()
    node.say = () => 'silence'
    const parts = { rpcUrl: node.rpcUrl, networkId: world.network.networkId, store }
    const feed = new EventFeed({ ...parts, clock: createSystemClock(), log: world.log })
    await feed.start()
    await until(() => node.asked > 0)
    await feed.stop()
  })

  it('may be behind what was seen: the peer keeps the newer view until the node has caught up', async () => {
    const ledger = await ledgerOn(createMemoryStore())
    await ledger.start({ changed() {}, send() {} })
    const { epoch } = ledger.registry() ?? assert.fail()
    const asked: unknown[] = []
    node.say = (method, params) => {
      if (method !== 'getMultipleAccounts') return undefined
      asked.push(Object(Array.isArray(params) ? params[1] : undefined).minContextSlot)
      return BEHIND
    }
    await until(() => asked.length > 2)
    assert.ok(asked.every((slot) => typeof slot === 'number' && slot > 0))
    assert.equal(ledger.registry()?.epoch, epoch)
    const asOf = () => ledger.funds(poster().key)?.asOfMs ?? 0
    node.say = () => undefined
    await until(() => asOf() > 0)
    await ledger.stop()
  })

  it('may have another genesis than the folder knows: the peer does not start, and says so', async () => {
    const store = createMemoryStore()
    await (await ledgerOn(store)).stop()
    node.say = (method) => (method === 'getGenesisHash' ? { status: 200, body: { result: GENESIS } } : undefined)
    await assert.rejects(ledgerOn(store), (error) => {
      assert.match(String(error), /EtWTRABZaYq6iMfeYKouRu166VU2xqa1/)
      return Object(error).code === 'NETWORK_OTHER'
    })
    // A cluster that does not answer does not keep a peer from starting.
    node.say = () => ({ status: 503, body: {} })
    await (await ledgerOn(store)).stop()
  })

  it('may know nothing of Weft: NETWORK_UNKNOWN', async () => {
    node.say = (method) => (method === 'getGenesisHash' ? { status: 200, body: { result: GENESIS } } : undefined)
    await assert.rejects(ledgerOn(createMemoryStore()), { code: 'NETWORK_UNKNOWN' })
  })
})
