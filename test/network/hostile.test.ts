import assert from 'node:assert/strict'
import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { frameHeader } from '#node/adapters/network/frames.ts'
import type { Libp2pNetwork } from '#node/adapters/network/network.ts'
import { bounds, channelProtocol, networkHash } from '#node/adapters/network/settings.ts'
import { limits } from '#protocol/limits.ts'
import { frameOf, type Heard, hear, numbers } from '#test/compliance/network.ts'
import { createRaw, openStream, type Raw } from './raw.ts'
import { LoopbackWorld, until } from './world.ts'

describe('a libp2p peer that meets hostile ones', () => {
  let world: LoopbackWorld
  let raw: Raw
  let network: Libp2pNetwork
  let heard: Heard

  beforeEach(async () => {
    world = new LoopbackWorld()
    raw = await createRaw()
    network = world.make(1)
    heard = await hear(network)
  })
  afterEach(async () => {
    await raw.stop()
    await world.end()
  })

  const open = (): Promise<Stream> => openStream(raw, network.addresses()[0], 'control')
  const framed = (value: number): Uint8Array => Buffer.concat([frameHeader(frameOf(value).length), frameOf(value)])
  const received = (): number[] => heard.frames.map((one) => Number(new TextDecoder().decode(one.frame)))
  const ended = (stream: Stream): Promise<void> => until(() => stream.status !== 'open', 'the stream is reset')
  const serves = async (): Promise<void> => {
    const other = await hear(world.make(2, { bootstrap: network.addresses() }))
    await until(() => other.network.connections().length > 0, 'an honest peer joins')
    other.network.send(network.self, 'control', frameOf(77))
    await until(() => numbers(heard, other.network.self, 'control').includes(77), 'an honest peer is heard')
  }

  it('resets a stream that announces an oversize frame, and goes on', async () => {
    const stream = await open()
    stream.send(frameHeader(limits.frameBytes + 1))
    await ended(stream)
    assert.equal(network.counters.offences, 1)
    const next = await open()
    next.send(framed(5))
    await until(() => heard.frames.length === 1, 'the next frame of the same peer arrives')
    await serves()
  })

  it('resets a stream of garbage that is not a varint', async () => {
    const stream = await open()
    stream.send(new Uint8Array(64).fill(0xff))
    await ended(stream)
    assert.equal(network.counters.offences, 1)
    assert.deepEqual(heard.frames, [])
    await serves()
  })

  it('disconnects and refuses a peer that keeps breaking the framing', async () => {
    for (let count = 0; count < bounds.offences; count++) {
      const stream = await open()
      stream.send(new Uint8Array(64).fill(0xff))
      await ended(stream)
    }
    await until(() => network.connections().length === 0, 'the offender is disconnected')
    await assert.rejects(open())
    await serves()
  })

  it('reads frames that come byte by byte, and delivers no part of an unfinished one', async () => {
    const stream = await open()
    for (const byte of framed(123456)) {
      stream.send(Uint8Array.of(byte))
      await new Promise(setImmediate)
    }
    await until(() => heard.frames.length === 1, 'the frame arrives')
    stream.send(Buffer.concat([frameHeader(1_000), new Uint8Array(500)]))
    await stream.close()
    await serves()
    assert.equal(heard.frames.length, 2)
    assert.deepEqual(received(), [123456, 77])
  })

  it('keeps sending to a peer that opens a stream, closes its side and never reads', async () => {
    const stream = await open()
    await stream.close()
    const silent = await open()
    silent.pause()
    for (let count = 0; count < 50; count++)
      network.send(heard.network.connections()[0] ?? '', 'control', frameOf(count))
    await serves()
  })

  it('drops a flood beyond the rate and counts it', async () => {
    const stream = await open()
    const flood = limits.messageBurstPerPeer * 3
    const one = framed(1)
    const all = Buffer.alloc(one.length * flood)
    for (let count = 0; count < flood; count++) all.set(one, count * one.length)
    const startMs = performance.now()
    stream.send(all)
    await until(() => network.counters.framesReceived + network.counters.framesRefused === flood, 'the flood is read')
    assert.equal(heard.frames.length, network.counters.framesReceived)
    const seconds = (performance.now() - startMs) / 1_000
    assert.ok(heard.frames.length <= limits.messageBurstPerPeer + limits.messagesPerSecondPerPeer * seconds + 1)
    await serves()
  })

  it('bounds the streams of one peer and still hears it', async () => {
    const opened: Stream[] = []
    for (let count = 0; count < 20; count++) opened.push(await open())
    await until(
      () => opened.filter((stream) => stream.status === 'open').length === bounds.readers,
      'the surplus is reset',
    )
    const left = opened.find((stream) => stream.status === 'open')
    left?.send(framed(9))
    await until(() => received().includes(9), 'a frame on a stream that is left arrives')
    await Promise.allSettled(Array.from({ length: 100 }, open))
    await serves()
  })

  it('waits longer and longer before it opens a stream to a peer that resets each one', async () => {
    let opens = 0
    await raw.handle(channelProtocol(networkHash('test'), 'control'), (stream) => {
      opens++
      stream.abort(new Error('no'))
    })
    const startMs = performance.now()
    network.addAddress(raw.getMultiaddrs().map(String)[0] ?? '')
    await until(() => network.connections().length === 1, 'connected')
    const [peer = ''] = network.connections()
    await until(() => {
      network.send(peer, 'control', frameOf(1))
      return opens >= 4
    }, 'four streams were opened')
    assert.ok(performance.now() - startMs >= bounds.backoffMs * (1 + 2 + 4))
    await serves()
  })

  it('stops reading from a peer that gossips too fast', async () => {
    const loud = await createRaw({ gossip: true })
    try {
      network.subscribe('offers')
      await loud.dial(multiaddr(network.addresses()[0] ?? ''))
      const { pubsub } = loud.services
      const topic = `/weft/${networkHash('test')}/offers`
      await until(() => pubsub?.getSubscribers(topic).length === 1, 'the subscription is known')
      const count = Math.ceil(bounds.gossipBurstBytes / 60_000) + 10
      for (let sent = 0; sent < count; sent++) await pubsub?.publish(topic, new Uint8Array(60_000).fill(sent))
      await until(() => network.counters.gossipPauses > 0, 'reading pauses')
      await serves()
      await until(() => heard.gossip.length === count, 'all of it arrives, slowly')
    } finally {
      await loud.stop()
    }
  })

  it('delivers empty frames', async () => {
    const stream = await open()
    stream.send(Buffer.concat([frameHeader(0), framed(3)]))
    await until(() => heard.frames.length === 2, 'both arrive')
    assert.deepEqual(heard.frames[0]?.frame, new Uint8Array(0))
  })
})
