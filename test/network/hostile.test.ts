import assert from 'node:assert/strict'
import type { Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { budgets } from '#node/adapters/network/budgets.ts'
import { frameHeader } from '#node/adapters/network/frames.ts'
import { keyOfPeer } from '#node/adapters/network/identity.ts'
import type { Libp2pNetwork } from '#node/adapters/network/network.ts'
import { bounds, channelProtocol, networkHash } from '#node/adapters/network/settings.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'
import { frameOf, type Heard, hear, numbers } from '#test/compliance/network.ts'
import { createRaw, openStream, type Raw } from './raw.ts'
import { LoopbackWorld, until } from './world.ts'

describe('a libp2p peer that meets hostile ones', () => {
  let world: LoopbackWorld
  let raw: Raw
  let network: Libp2pNetwork
  let heard: Heard
  /** The clock of the budgets: it stands still unless a test moves it. */
  let nowMs = 0

  beforeEach(async () => {
    world = new LoopbackWorld()
    raw = await createRaw()
    network = world.make(1, { now: () => nowMs })
    heard = await hear(network)
  })
  afterEach(async () => {
    await raw.stop()
    await world.end()
  })

  const rawKey = (): PeerKey => keyOfPeer(raw.peerId) ?? ''
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

  it('refuses a frame of 17 MiB of a stranger before a byte of it comes, and takes it of a witness', async () => {
    const stream = await open()
    stream.send(Buffer.concat([frameHeader(limits.frameBytes), new Uint8Array(1_000)]))
    await ended(stream)
    assert.equal(network.counters.offences, 1)
    network.setStanding(rawKey(), 'witness')
    nowMs += 1_000
    const next = await open()
    next.send(frameHeader(limits.frameBytes))
    next.send(new Uint8Array(limits.frameBytes))
    await until(() => heard.frames.length === 1, 'the long frame arrives')
    assert.equal(heard.frames[0]?.frame.length, limits.frameBytes)
    assert.equal(network.counters.offences, 1)
  })

  it('slows a stranger that floods, bars it when it goes on, and hears an honest peer all the while', async () => {
    const honest = await hear(world.make(2, { bootstrap: network.addresses() }))
    await until(() => network.connections().includes(honest.network.self), 'an honest peer joins')
    network.setStanding(honest.network.self, 'member')
    let said = 0
    const isHeard = async (): Promise<void> => {
      honest.network.send(network.self, 'control', frameOf(++said))
      await until(() => numbers(heard, honest.network.self, 'control').includes(said), 'the honest peer is heard')
    }
    const { bytesBurst, bytesPerSecond, patienceMs } = budgets.stranger
    const startMs = nowMs
    const stream = await open()
    const flooding = flood(stream)
    const floodBytes = (): number =>
      heard.frames.reduce((sum, { from, frame }) => (from === rawKey() ? sum + frame.length : sum), 0)
    const pauses = (): number => network.counters.readPauses
    await until(() => pauses() > 0, 'reading pauses')
    await isHeard()
    assert.ok(floodBytes() <= bytesBurst + 2 * CHUNK_BYTES, 'while the clock stands nothing more is read')
    while (network.counters.bars === 0) {
      const before = pauses()
      nowMs += 5_000
      await until(() => pauses() > before || network.counters.bars > 0, 'it floods on')
      await isHeard()
    }
    assert.ok(nowMs - startMs >= patienceMs)
    assert.ok(floodBytes() <= bytesBurst + bytesPerSecond * ((nowMs - startMs) / 1_000) + 2 * CHUNK_BYTES)
    await flooding
    await assert.rejects(open())
    await isHeard()
    nowMs += bounds.barMs
    await open()
  })

  it('slows a witness, drops none of its frames, and never bars it', async () => {
    network.setStanding(rawKey(), 'witness')
    const stream = await open()
    const { framesBurst } = budgets.witness
    const one = framed(1)
    const all = Buffer.alloc(one.length * framesBurst * 2)
    for (let at = 0; at < all.length; at += one.length) all.set(one, at)
    stream.send(all)
    await until(() => network.counters.readPauses > 0, 'reading pauses')
    await until(() => {
      nowMs += 1_000
      return heard.frames.length === 2 * framesBurst
    }, 'all of it arrives')
    nowMs += 60_000
    for (let count = 0; count < 2 * bounds.offences; count++) {
      const broken = await open()
      broken.send(new Uint8Array(64).fill(0xff))
      await ended(broken)
      nowMs += 1_000
    }
    assert.equal(network.counters.framesRefused, 0)
    assert.equal(network.counters.bars, 0)
    assert.equal(network.connections().includes(rawKey()), true)
  })

  it('takes few connections of one peer', async () => {
    const [address = ''] = network.addresses()
    const dials = Array.from({ length: bounds.connectionsPerPeer + 3 }, () =>
      raw.dial(multiaddr(address), { force: true }),
    )
    await Promise.allSettled(dials)
    await until(() => raw.getConnections().length <= bounds.connectionsPerPeer, 'the surplus is closed')
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
    const { framesBurst } = budgets.stranger
    const flood = framesBurst * 3
    const one = framed(1)
    const all = Buffer.alloc(one.length * flood)
    for (let count = 0; count < flood; count++) all.set(one, count * one.length)
    stream.send(all)
    await until(() => network.counters.framesReceived + network.counters.framesRefused === flood, 'the flood is read')
    assert.equal(heard.frames.length, framesBurst)
    nowMs += 1_000
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
      await until(() => {
        nowMs += 100
        return heard.gossip.length === count
      }, 'all of it arrives, slowly')
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

/** What one read of a socket brings, and what a peer sends at once here. */
const CHUNK_BYTES = 65_536

/** Sends frames of 1 MiB as fast as they are taken, until the stream is closed. */
async function flood(stream: Stream): Promise<void> {
  const frame = new Uint8Array(1_024 * 1_024)
  while (stream.status === 'open' && stream.writeStatus === 'writable') {
    if (!stream.writableNeedsDrain) stream.send(Buffer.concat([frameHeader(frame.length), frame]))
    await new Promise(setImmediate)
  }
}
