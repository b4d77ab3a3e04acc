/**
 * What every `Network` adapter must do. Run it with a world that makes peers: real ones on loopback, or simulated ones on a virtual
 * clock. Nothing here sleeps: the world's `until` waits for a condition, or fails.
 */
import assert from 'node:assert/strict'
import type { Channel, Network, NetworkEvents } from '#node/ports/network.ts'
import { limits } from '#protocol/limits.ts'
import type { PeerKey } from '#protocol/wire/keys.ts'

/** How a peer of the suite is made. */
export interface PeerPlan {
  /** 1 to 255: the same number is the same identity, with the same memory of sequence numbers, on the same address. */
  readonly id: number
  /** Addresses to join through. */
  readonly join: readonly string[]
}

/** One test's world. */
export interface NetworkWorld {
  /** Makes a peer's network; the suite starts it. */
  peer(plan: PeerPlan): Promise<Network>
  /** Resolves when `condition` holds; rejects with `what` after the world's patience. */
  until(condition: () => boolean, what: string): Promise<void>
  /** Ends what is left. */
  end(): Promise<void>
  /** False where the world has no bandwidth, so that long frames take no time. */
  readonly hasBandwidth: boolean
}

/** A started network and all that it reported. */
export interface Heard<N extends Network = Network> {
  readonly network: N
  readonly frames: { from: PeerKey; channel: Channel; frame: Uint8Array }[]
  readonly gossip: { topic: string; from: PeerKey; data: Uint8Array }[]
  readonly events: string[]
  /** Called with each frame after it was kept. */
  onMessage: NetworkEvents['message']
}

/** Starts `network` and keeps what it reports. */
export async function hear<N extends Network>(network: N): Promise<Heard<N>> {
  const heard: Heard<N> = { network, frames: [], gossip: [], events: [], onMessage: () => undefined }
  const events: NetworkEvents = {
    message: (from, channel, frame) => {
      heard.frames.push({ from, channel, frame })
      heard.onMessage(from, channel, frame)
    },
    gossip: (topic, from, data) => heard.gossip.push({ topic, from, data }),
    connected: (peer) => heard.events.push(`+${peer}`),
    disconnected: (peer) => heard.events.push(`-${peer}`),
  }
  await network.start(events)
  return heard
}

/** A record's value: sequence number, then text. */
export function recordOf(sequence: number, text: string): Uint8Array {
  const bytes = Buffer.alloc(8 + text.length)
  bytes.writeBigUInt64BE(BigInt(sequence))
  bytes.write(text, 8)
  return new Uint8Array(bytes)
}

/** A frame that carries a number. */
export function frameOf(value: number): Uint8Array {
  return new TextEncoder().encode(String(value))
}

/** The numbers that `heard` received from `from` on `channel`, in order. */
export function numbers(heard: Heard, from: PeerKey, channel: Channel): number[] {
  return heard.frames
    .filter((one) => one.from === from && one.channel === channel)
    .map((one) => Number(new TextDecoder().decode(one.frame)))
}

/** Defines the suite. `open` makes a fresh world per test. */
export function networkCompliance(name: string, open: () => Promise<NetworkWorld>): void {
  describe(`a ${name} network`, () => {
    let world: NetworkWorld
    beforeEach(async () => {
      world = await open()
    })
    afterEach(() => world.end())

    const first = async (): Promise<Heard> => hear(await world.peer({ id: 1, join: [] }))
    const joined = async (id: number, through: Heard): Promise<Heard> => {
      const peer = await hear(await world.peer({ id, join: through.network.addresses() }))
      await world.until(
        () =>
          peer.network.connections().includes(through.network.self) &&
          through.network.connections().includes(peer.network.self),
        `peer ${id} joins`,
      )
      // What the suite sends is what witnesses send each other.
      peer.network.setStanding(through.network.self, 'witness')
      through.network.setStanding(peer.network.self, 'witness')
      return peer
    }
    /** Puts until a peer takes the record: routing tables fill a moment after the connection. */
    const put = async (by: Heard, key: string, value: Uint8Array): Promise<number> => {
      for (let attempt = 0; attempt < 2_000; attempt++) {
        const took = await by.network.dhtPut(key, value, soon())
        if (took > 0) return took
        let looks = 0
        await world.until(() => looks++ > 0, 'a moment passes')
      }
      throw new Error(`nobody takes ${key}`)
    }
    const soon = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(15_000) })

    it('carries frames in both directions and in order', async () => {
      const a = await first()
      const b = await joined(2, a)
      const wanted = Array.from({ length: 300 }, (_, index) => index)
      for (const value of wanted) {
        assert.equal(a.network.send(b.network.self, 'control', frameOf(value)), true)
        assert.equal(b.network.send(a.network.self, value % 2 === 0 ? 'control' : 'bulk', frameOf(value)), true)
      }
      await world.until(() => a.frames.length >= 300 && b.frames.length >= 300, 'all frames arrive')
      assert.deepEqual(numbers(b, a.network.self, 'control'), wanted)
      assert.deepEqual(
        numbers(a, b.network.self, 'bulk'),
        wanted.filter((value) => value % 2 === 1),
      )
      assert.deepEqual(
        numbers(a, b.network.self, 'control'),
        wanted.filter((value) => value % 2 === 0),
      )
    })

    it('lets control frames overtake a 5 MiB bulk frame', async function () {
      if (!world.hasBandwidth) this.skip()
      const a = await first()
      const b = await joined(2, a)
      const warm = [frameOf(0), frameOf(1)] as const
      a.network.send(b.network.self, 'control', warm[0])
      a.network.send(b.network.self, 'bulk', warm[1])
      await world.until(() => b.frames.length === 2, 'both streams are warm')
      const long = new Uint8Array(5 * 1_024 * 1_024).fill(7)
      a.network.send(b.network.self, 'bulk', long)
      a.network.send(b.network.self, 'control', frameOf(2))
      await world.until(() => b.frames.length === 4, 'both frames arrive')
      assert.deepEqual(
        b.frames.slice(2).map((one) => one.channel),
        ['control', 'bulk'],
      )
      assert.deepEqual(b.frames[3]?.frame, long)
    })

    it('keeps control frames going to and fro while bulk frames are under way', async function () {
      if (!world.hasBandwidth) this.skip()
      const a = await first()
      const b = await joined(2, a)
      const long = new Uint8Array(5 * 1_024 * 1_024)
      const arrived = (): number => b.frames.filter((one) => one.channel === 'bulk').length
      for (let count = 0; count < 4; count++) a.network.send(b.network.self, 'bulk', long)
      let answered = 0
      await world.until(() => arrived() > 0, 'the stream has reached its speed')
      b.onMessage = (from, channel, frame) => {
        if (channel === 'control') b.network.send(from, 'control', frame)
      }
      a.onMessage = (from, channel, frame) => {
        answered++
        if (arrived() < 4) a.network.send(from, channel, frame)
      }
      a.network.send(b.network.self, 'control', frameOf(1))
      await world.until(() => arrived() === 4, 'the bulk frames arrive')
      assert.ok(answered >= 20, `${answered} round trips`)
    })

    it('reports connections once and lists them in the order of their keys', async () => {
      const a = await first()
      const others = [await joined(2, a), await joined(3, a), await joined(4, a)]
      const keys = others.map((one) => one.network.self)
      assert.deepEqual(a.network.connections(), keys.toSorted())
      assert.deepEqual(
        a.events,
        keys.map((key) => `+${key}`),
      )
      await others[1]?.network.stop()
      await world.until(() => a.events.includes(`-${keys[1]}`), 'the loss is reported')
      assert.equal(a.network.connections().includes(keys[1] ?? ''), false)
    })

    it('reaches a peer again that restarted with the same key and address', async () => {
      const a = await first()
      const b = await joined(2, a)
      a.network.send(b.network.self, 'control', frameOf(1))
      await world.until(() => b.frames.length === 1, 'the first frame arrives')
      await b.network.stop()
      await world.until(() => a.network.connections().length === 0, 'the loss is noticed')
      const again = await joined(2, a)
      let value = 1
      await world.until(() => {
        if (again.frames.length === 0) a.network.send(b.network.self, 'control', frameOf(++value))
        return again.frames.length > 0
      }, 'frames arrive again')
      assert.equal(again.frames[0]?.from, a.network.self)
    })

    it('drops frames beyond the send queue and says so', async () => {
      const a = await first()
      const b = await joined(2, a)
      const frame = new Uint8Array(limits.frameBytes)
      const fitting = Math.floor(limits.sendQueueBytes / limits.frameBytes)
      const sent = Array.from({ length: fitting + 3 }, () => a.network.send(b.network.self, 'bulk', frame))
      assert.equal(sent[0], true)
      assert.deepEqual(sent.slice(fitting + 1), [false, false])
      const taken = sent.filter(Boolean).length
      await world.until(() => b.frames.length === taken, 'what was taken arrives')
    })

    it('refuses to send a frame beyond the limit, to itself, or to no key', async () => {
      const a = await first()
      const b = await joined(2, a)
      assert.equal(a.network.send(b.network.self, 'bulk', new Uint8Array(limits.frameBytes + 1)), false)
      assert.equal(a.network.send(a.network.self, 'control', frameOf(1)), false)
      assert.equal(a.network.send('not a key', 'control', frameOf(1)), false)
    })

    it('does not throw for a peer that nobody knows', async () => {
      const a = await first()
      const stranger = await world.peer({ id: 9, join: [] })
      for (let count = 0; count < 100; count++) a.network.send(stranger.self, 'control', frameOf(count))
      const b = await joined(2, a)
      a.network.send(b.network.self, 'control', frameOf(1))
      await world.until(() => b.frames.length === 1, 'others are still reached')
    })

    it('gossips to five peers, once each, under the name of the author', async () => {
      const a = await first()
      const all = [a, await joined(2, a), await joined(3, a), await joined(4, a), await joined(5, a)]
      for (const one of all) one.network.subscribe('offers')
      const author = all[4] ?? a
      const others = all.filter((one) => one !== author)
      let round = 0
      await world.until(() => {
        if (others.every((one) => one.gossip.length > 0)) return true
        author.network.publish('offers', frameOf(++round))
        return false
      }, 'everybody hears the author')
      a.network.publish('silent', frameOf(1))
      for (const one of others) {
        assert.deepEqual(
          [...new Set(one.gossip.map(({ topic, from }) => `${topic} ${from}`))],
          [`offers ${author.network.self}`],
        )
        const texts = one.gossip.map(({ data }) => new TextDecoder().decode(data))
        assert.equal(new Set(texts).size, texts.length, 'delivered twice')
      }
      assert.equal(author.gossip.length, 0)
    })

    it('stores records and finds them from every peer', async () => {
      const a = await first()
      const b = await joined(2, a)
      const c = await joined(3, a)
      const value = recordOf(1, 'hello')
      assert.ok((await put(b, 'heads/x', value)) <= 2)
      for (const one of [a, b, c]) assert.deepEqual(await one.network.dhtGet('heads/x', soon()), value)
      assert.equal(await a.network.dhtGet('heads/none', soon()), undefined)
    })

    it('refuses a stale record, also after a restart', async () => {
      const a = await first()
      const b = await joined(2, a)
      await put(b, 'heads/y', recordOf(2, 'new'))
      assert.equal(await b.network.dhtPut('heads/y', recordOf(1, 'old'), soon()), 0)
      await a.network.stop()
      await b.network.stop()
      const again = await first()
      const c = await joined(3, again)
      assert.equal(await c.network.dhtPut('heads/y', recordOf(1, 'old'), soon()), 0)
      assert.equal(await again.network.dhtGet('heads/y', soon()), undefined)
      await put(c, 'heads/y', recordOf(3, 'newer'))
      assert.deepEqual(await again.network.dhtGet('heads/y', soon()), recordOf(3, 'newer'))
    })

    it('refuses a record that is not valid, whatever its sequence number, and takes the genuine one after it', async () => {
      const a = await first()
      const b = await joined(2, a)
      const highest = Buffer.concat([Buffer.alloc(8, 0xff), Buffer.from('junk')])
      assert.equal(await b.network.dhtPut('heads/w', highest, soon()), 0)
      await put(b, 'heads/w', recordOf(1, 'genuine'))
      assert.deepEqual(await a.network.dhtGet('heads/w', soon()), recordOf(1, 'genuine'))
    })

    it('answers DHT calls when alone, when aborted and when stopped', async () => {
      const a = await first()
      assert.equal(await a.network.dhtPut('heads/z', recordOf(1, 'x'), soon()), 0)
      assert.equal(await a.network.dhtGet('heads/none', soon()), undefined)
      assert.equal(await a.network.dhtPut('heads/z', recordOf(2, 'x'), { signal: AbortSignal.abort() }), 0)
      assert.equal(await a.network.dhtGet('heads/none', { signal: AbortSignal.abort() }), undefined)
      assert.equal(await a.network.dhtPut('heads/z', new Uint8Array(limits.dhtRecordBytes + 1), soon()), 0)
      await a.network.stop()
      await a.network.stop()
      assert.equal(await a.network.dhtPut('heads/z', recordOf(3, 'x'), soon()), 0)
      assert.equal(a.network.send(a.network.self, 'control', frameOf(1)), false)
      assert.deepEqual(a.network.connections(), [])
    })
  })
}
