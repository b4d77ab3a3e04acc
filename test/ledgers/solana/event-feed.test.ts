import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import type { LocalChainServer } from '#node/adapters/ledgers/local-chain/server.ts'
import { EventFeed, type FeedItem } from '#node/adapters/ledgers/solana/event-feed.ts'
import { deposit } from '#node/adapters/ledgers/solana/wallet.ts'
import { createMemoryStore } from '#node/adapters/store/memory.ts'
import { createSystemClock } from '#node/adapters/system/clock.ts'
import type { Store } from '#node/ports/store.ts'
import { closedSlot, rpc } from '../local-chain/world.ts'
import { until } from './until.ts'
import { World } from './world.ts'

/** Follows a feed and keeps what it is told. */
class Follower {
  readonly items: FeedItem[] = []
  readonly #control = new AbortController()
  readonly ended: Promise<void>

  constructor(feed: EventFeed, since = 0) {
    this.ended = this.#run(feed, since)
  }

  async #run(feed: EventFeed, since: number): Promise<void> {
    for await (const item of feed.follow({ since, follow: true, signal: this.#control.signal })) this.items.push(item)
  }

  live(): Promise<unknown> {
    return until(() => this.items.some(({ type }) => type === 'live'))
  }

  /** Amounts deposited that were told and not told to be undone. */
  amounts(): string[] {
    const amounts: string[] = []
    for (const item of this.items) {
      if (item.type !== 'event' || item.event.name !== 'Deposited') continue
      const amount = String(item.event.data['amount'])
      if (item.undone) amounts.splice(amounts.indexOf(amount), 1)
      else amounts.push(amount)
    }
    return amounts
  }

  async stop(): Promise<void> {
    this.#control.abort()
    await this.ended
  }
}

describe('the feed of events in a running peer', function () {
  this.timeout(120_000)
  const world = new World()
  const feeds: EventFeed[] = []
  let store: Store
  before(() => world.found({ posters: 1 }))
  after(() => world.end())
  beforeEach(async () => {
    store = createMemoryStore()
    await store.open()
  })
  afterEach(async () => {
    for (const feed of feeds.splice(0)) await feed.stop()
  })

  const poster = () => world.posters[0] ?? assert.fail()
  const fault = (change: object) => rpc(world.server, 'weft_setFaults', [change])
  const pay = (amount: bigint) => deposit(world.network, poster(), { amount })
  async function feedOf(rpcUrl = world.server.rpcUrl): Promise<EventFeed> {
    const { networkId } = world.network
    const feed = new EventFeed({ rpcUrl, networkId, store, clock: createSystemClock(), log: world.log })
    feeds.push(feed)
    await feed.start()
    return feed
  }
  /** Everything that is stored. */
  async function stored(feed: EventFeed, since = 0): Promise<FeedItem[]> {
    const items: FeedItem[] = []
    const options = { since, follow: false, signal: new AbortController().signal }
    for await (const item of feed.follow(options)) items.push(item)
    return items
  }

  it('tells what is stored, then what happens, each once, and the sums agree', async () => {
    const feed = await feedOf()
    await pay(3n)
    const follower = new Follower(feed)
    await follower.live()
    assert.deepEqual(
      follower.items.find(({ type }) => type === 'live'),
      { type: 'live', agrees: true },
    )
    await pay(5n)
    await until(() => follower.amounts().includes('5'))
    // A second one begins in the middle, while the first goes on.
    const second = new Follower(feed)
    await pay(7n)
    await until(() => follower.amounts().includes('7') && second.amounts().includes('7'))
    assert.deepEqual(second.amounts().sort(), follower.amounts().sort())
    const names = follower.items.map((item) =>
      item.type === 'event' ? `${item.event.signature}/${item.event.index}` : '',
    )
    assert.equal(new Set(names).size, names.length)
    await Promise.all([follower.stop(), second.stop()])
  })

  it('makes up after a restart for what happened meanwhile, from the slot that is asked for', async () => {
    const first = await feedOf()
    const before = await stored(first)
    await first.stop()
    const slot = (await closedSlot(world.server)) + 1
    await pay(11n)
    const again = await feedOf()
    const items = await stored(again, slot)
    assert.deepEqual(
      items.map((item) => (item.type === 'event' ? item.event.data['amount'] : item)),
      ['11', { type: 'live', agrees: true }],
    )
    assert.equal((await stored(again)).length, before.length + 1)
  })

  it('tells a follower that slots were rolled back, and what came instead', async () => {
    const feed = await feedOf()
    await fault({ finalizeSlots: 1_000 })
    const slot = await closedSlot(world.server)
    const follower = new Follower(feed, slot)
    await pay(13n)
    await until(() => follower.amounts().includes('13'))
    await fault({ rollBackTo: slot })
    await fault({ finalizeSlots: 4 })
    await pay(17n)
    await until(() => follower.amounts().join() === '17')
    assert.deepEqual((await stored(feed)).at(-1), { type: 'live', agrees: true })
    await follower.stop()
  })

  it('goes on when the WebSocket and the chain were away', async () => {
    const relay = await Relay.start(world.server)
    try {
      const feed = await feedOf(relay.rpcUrl)
      const follower = new Follower(feed)
      await follower.live()
      relay.cut()
      await pay(19n)
      relay.mend()
      await until(() => follower.amounts().includes('19'))
      await follower.stop()
    } finally {
      relay.stop()
    }
  })

  it('has all events again when its store lost one', async () => {
    const feed = await feedOf()
    const before = await stored(feed)
    await feed.stop()
    const [row] = (await store.range({ gte: 'chain/event/', lt: 'chain/event/\uffff', limit: 1_000 })).filter(
      ([, bytes]) => new TextDecoder().decode(bytes).includes('Deposited'),
    )
    await store.write([{ del: row?.[0] ?? '' }], { durable: true })
    assert.deepEqual(await stored(await feedOf()), before)
  })

  it('ends its followers when it stops', async () => {
    const feed = await feedOf()
    const follower = new Follower(feed)
    await follower.live()
    await feed.stop()
    await follower.ended
  })
})

/** Two ports in front of a chain's two, that can be cut. It keeps them meanwhile, so that nobody else gets them. */
class Relay {
  readonly port: number
  readonly #servers: readonly Server[]
  readonly #sockets = new Set<Socket>()
  #whole = true

  private constructor(servers: readonly [Server, Server], target: number) {
    this.#servers = servers
    this.port = portOf(servers[0])
    for (const [offset, server] of servers.entries())
      server.on('connection', (socket) => this.#join(socket, target + offset))
  }

  static async start({ port }: LocalChainServer): Promise<Relay> {
    for (;;) {
      const first = await listen(0)
      const second = await listen(portOf(first) + 1).catch(() => first.close())
      if (second !== first) return new Relay([first, second], port)
    }
  }

  get rpcUrl(): string {
    return `http://127.0.0.1:${this.port}`
  }

  /** Drops every connection, and each new one at once. */
  cut(): void {
    this.#whole = false
    for (const socket of this.#sockets) socket.destroy()
  }

  mend(): void {
    this.#whole = true
  }

  stop(): void {
    for (const server of this.#servers) server.close()
    this.cut()
  }

  #join(socket: Socket, port: number): void {
    if (!this.#whole) return void socket.destroy()
    const target = connect(port, '127.0.0.1')
    for (const end of [socket, target]) {
      this.#sockets.add(end)
      end.on('error', () => end.destroy())
      end.on('close', () => {
        this.#sockets.delete(end)
        socket.destroy()
        target.destroy()
      })
    }
    socket.pipe(target).pipe(socket)
  }
}

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1')
  await once(server, 'listening')
  return server
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
