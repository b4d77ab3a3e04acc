import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { frameOf, hear, recordOf } from '#test/compliance/network.ts'
import { openWire } from './wire.ts'
import { keepLog, type Logged, LoopbackWorld, memorySequences, until } from './world.ts'

describe('a libp2p peer that joins a network', () => {
  let world: LoopbackWorld
  beforeEach(() => {
    world = new LoopbackWorld()
  })
  afterEach(() => world.end())

  it('starts while its bootstrap peer is down, and joins when it comes up', async () => {
    const first = world.make(1)
    await first.start({ message() {}, gossip() {}, connected() {}, disconnected() {} })
    const bootstrap = first.addresses()
    await first.stop()
    const late = await hear(world.make(2, { bootstrap }))
    assert.deepEqual(late.network.connections(), [])
    await hear(world.make(1))
    await until(() => late.network.connections().includes(first.self), 'the late bootstrap peer is joined')
  })

  it('joins through an address that names no peer', async () => {
    const first = await hear(world.make(1))
    const [address = ''] = first.network.addresses()
    const second = await hear(world.make(2, { bootstrap: [address.split('/p2p/')[0] ?? ''] }))
    await until(() => second.network.connections().length === 1, 'joined')
  })

  it('joins through cached addresses when there is no bootstrap peer, and saves those it learns', async () => {
    const first = await hear(world.make(1))
    let saved: string[] = []
    const save = async (addresses: string[]): Promise<void> => {
      saved = addresses
    }
    const second = await hear(
      world.make(2, { cachedPeers: { load: async () => [...first.network.addresses(), 'nonsense'], save } }),
    )
    await until(() => second.network.connections().length === 1, 'joined')
    await second.network.stop()
    assert.ok(saved.includes(first.network.addresses()[0] ?? 'none'), saved.join())
  })

  it('dials an address that was added later', async () => {
    const first = await hear(world.make(1))
    const second = await hear(world.make(2))
    second.network.addAddress(first.network.addresses()[0] ?? '')
    second.network.addAddress('nonsense')
    await until(() => second.network.connections().length === 1, 'joined')
  })

  it('connects again by itself when a known peer comes back', async () => {
    const first = await hear(world.make(1))
    const second = await hear(world.make(2, { bootstrap: first.network.addresses() }))
    await until(() => second.network.connections().length === 1, 'joined')
    await first.network.stop()
    await until(() => second.network.connections().length === 0, 'lost')
    await hear(world.make(1))
    await until(() => second.network.connections().length === 1, 'joined again')
  })

  it('drops a connection whose other side has vanished, and keeps one that is only idle', async () => {
    const first = await hear(world.make(1))
    const wire = await openWire(first.network.addresses()[0] ?? '')
    const second = await hear(world.make(2, { bootstrap: [wire.address], probeEveryMs: 600 }))
    const third = await hear(world.make(3, { bootstrap: second.network.addresses() }))
    await until(() => second.network.connections().length === 2, 'joined')
    wire.cut()
    await until(() => second.events.includes(`-${first.network.self}`), 'the loss is noticed')
    assert.ok(second.network.connections().includes(third.network.self))
    assert.equal(second.events.includes(`-${third.network.self}`), false)
    wire.close()
  })

  it('is reached through a relay when it listens nowhere else', async () => {
    const relay = await hear(world.make(1, { relayServer: true }))
    const [address = ''] = relay.network.addresses()
    const hidden = await hear(world.make(2, { listen: [`${address}/p2p-circuit`] }))
    await until(() => hidden.network.addresses().length > 0, 'the relay takes it in')
    const other = await hear(world.make(3, { bootstrap: hidden.network.addresses() }))
    await until(() => other.network.connections().includes(hidden.network.self), 'connected through the relay')
    other.network.send(hidden.network.self, 'control', frameOf(4))
    await until(() => hidden.frames.length === 1, 'a frame arrives')
    assert.deepEqual(hidden.frames[0], { from: other.network.self, channel: 'control', frame: frameOf(4) })
  })

  it('warns once when its own key appears under another address', async () => {
    const logged: Logged = []
    const twin = await hear(world.make(1))
    const [address = ''] = twin.network.addresses()
    const other = address.replace(/tcp\/\d+/, 'tcp/1')
    await hear(world.make(2))
    const self = world.make(1, { listen: ['/ip4/127.0.0.1/tcp/0'], bootstrap: [address, other], log: keepLog(logged) })
    await hear(self)
    assert.equal(logged.filter((one) => one.message.includes('our key')).length, 1)
  })

  it('says PORT_IN_USE when it cannot listen', async () => {
    const first = await hear(world.make(1))
    const listen = [first.network.addresses()[0]?.split('/p2p/')[0] ?? '']
    await assert.rejects(hear(world.make(2, { listen })), { code: 'PORT_IN_USE' })
  })

  it('shares nothing with a peer of another network', async () => {
    const first = await hear(world.make(1))
    const other = await hear(world.make(2, { bootstrap: first.network.addresses(), networkId: 'other' }))
    const friend = await hear(world.make(3, { bootstrap: first.network.addresses() }))
    await until(() => first.network.connections().length === 2, 'both are connected')
    for (const one of [first, other, friend]) one.network.subscribe('offers')
    other.network.send(first.network.self, 'control', frameOf(1))
    await until(() => {
      other.network.publish('offers', frameOf(1))
      friend.network.publish('offers', frameOf(2))
      return first.gossip.length > 0
    }, 'gossip of the same network arrives')
    assert.deepEqual([...new Set(first.gossip.map(({ from }) => from))], [friend.network.self])
    assert.deepEqual(first.frames, [])
    assert.equal(await other.network.dhtPut('x', recordOf(1, 'x'), { signal: AbortSignal.timeout(2_000) }), 0)
  })

  it('has a stale record refused by the others even where its own memory is gone', async () => {
    const first = await hear(world.make(1))
    const second = await hear(world.make(2, { bootstrap: first.network.addresses() }))
    const soon = { signal: AbortSignal.timeout(50_000) }
    await until(() => second.network.connections().length === 1, 'joined')
    while ((await second.network.dhtPut('x', recordOf(2, 'new'), soon)) === 0) {
      soon.signal.throwIfAborted()
      await pause(5)
    }
    const forgetful = await hear(world.make(3, { bootstrap: first.network.addresses(), sequences: memorySequences() }))
    await until(() => forgetful.network.connections().length > 0, 'the forgetful peer joins')
    await until(() => first.network.connections().length === 2, 'seen by the first')
    const before = first.network.counters.recordsRefused + second.network.counters.recordsRefused
    while (first.network.counters.recordsRefused + second.network.counters.recordsRefused === before) {
      soon.signal.throwIfAborted()
      assert.equal(await forgetful.network.dhtPut('x', recordOf(1, 'old'), soon), 0)
      await pause(5)
    }
    assert.deepEqual(await forgetful.network.dhtGet('x', soon), recordOf(2, 'new'))
  })
})
