import assert from 'node:assert/strict'
import fc from 'fast-check'
import { FrameError, FrameReader, type FrameRoom, frameHeader, NoRoomError } from '#node/adapters/network/frames.ts'
import { BoundedMap, TokenBucket } from '#node/adapters/network/rate.ts'

/** Room for frames of `maxBytes`; `held` says how much is kept. */
function room(maxBytes: number, total = Number.POSITIVE_INFINITY): FrameRoom & { held(): number } {
  let held = 0
  return {
    maxBytes: () => maxBytes,
    reserve: (bytes) => {
      if (held + bytes > total) return false
      held += bytes
      return true
    },
    release: (bytes) => {
      held -= bytes
    },
    held: () => held,
  }
}

describe('frames', () => {
  it('come out as they went in, however the stream is cut', () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 })
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), (sent, cuts) => {
        const stream = Buffer.concat(sent.flatMap((frame) => [frameHeader(frame.length), frame]))
        const reader = new FrameReader(room(300))
        const read: Uint8Array[] = []
        for (let at = 0, turn = 0; at < stream.length; turn++) {
          const end = at + (cuts[turn % cuts.length] ?? 1)
          reader.push(stream.subarray(at, end), (frame) => read.push(frame))
          at = end
        }
        assert.deepEqual(
          read,
          sent.map((frame) => new Uint8Array(frame)),
        )
      }),
    )
  })

  it('have the standard varint before them', () => {
    assert.deepEqual(frameHeader(0), Uint8Array.of(0))
    assert.deepEqual(frameHeader(127), Uint8Array.of(127))
    assert.deepEqual(frameHeader(300), Uint8Array.of(0xac, 0x02))
    assert.deepEqual(frameHeader(5 * 1_024 * 1_024), Uint8Array.of(0x80, 0x80, 0xc0, 0x02))
  })

  it('are refused before a byte of them is kept when they are too long', () => {
    const read = (bytes: Uint8Array): void => new FrameReader(room(1_000)).push(bytes, () => undefined)
    read(frameHeader(1_000))
    assert.throws(() => read(frameHeader(1_001)), FrameError)
    assert.throws(() => read(new Uint8Array(10).fill(0xff)), FrameError)
    assert.throws(() => read(new Uint8Array(10).fill(0x80)), FrameError)
  })
})

describe('the room for unfinished frames', () => {
  it('is what has arrived at most twice over, never what was announced, and given back at the end', () => {
    const wanted = fc.tuple(fc.integer({ min: 2, max: 20_000 }), fc.array(fc.integer({ min: 1, max: 3_000 })))
    fc.assert(
      fc.property(wanted, ([length, parts]) => {
        const kept = room(20_000)
        const reader = new FrameReader(kept)
        reader.push(frameHeader(length), () => undefined)
        assert.equal(kept.held(), 0)
        let arrived = 0
        for (const part of parts) {
          const bytes = Math.min(part, length - 1 - arrived)
          arrived += bytes
          reader.push(new Uint8Array(bytes), () => undefined)
          assert.ok(kept.held() <= 2 * arrived && kept.held() <= length)
        }
        reader.push(new Uint8Array(length - arrived), () => undefined)
        assert.equal(kept.held(), 0)
      }),
    )
  })

  it('ends a stream that needs more', () => {
    const reader = new FrameReader(room(20_000, 500))
    reader.push(frameHeader(20_000), () => undefined)
    reader.push(new Uint8Array(500), () => undefined)
    assert.throws(() => reader.push(new Uint8Array(1), () => undefined), NoRoomError)
  })
})

describe('a token bucket', () => {
  it('never gives more than its burst plus its rate', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 500 }), { maxLength: 200 })
    fc.assert(
      fc.property(gaps, (pauses) => {
        const bucket = new TokenBucket({ perSecond: 100, burst: 10 }, 0)
        let nowMs = 0
        let taken = 0
        for (const pauseMs of pauses) {
          nowMs += pauseMs
          if (bucket.take(1, nowMs)) taken++
        }
        assert.ok(taken <= 10 + nowMs / 10)
      }),
    )
  })

  it('asks for the pause that pays a debt', () => {
    const bucket = new TokenBucket({ perSecond: 1_000, burst: 100 }, 0)
    assert.equal(bucket.charge(100, 0), 0)
    assert.equal(bucket.charge(500, 0), 500)
    assert.equal(bucket.take(1, 500), false)
    assert.equal(bucket.take(1, 501), true)
  })
})

describe('a token bucket at many rates', () => {
  const rate = fc.record({ perSecond: fc.integer({ min: 1, max: 100 }), burst: fc.integer({ min: 1, max: 100 }) })
  const turn = fc.record({ pauseMs: fc.integer({ min: 0, max: 3_000 }), count: fc.integer({ min: 0, max: 50 }), rate })

  it('gives in any stretch of time at most the largest burst and the fastest rate together', () => {
    fc.assert(
      fc.property(fc.array(turn, { minLength: 1, maxLength: 60 }), (turns) => {
        const bucket = new TokenBucket({ perSecond: 1, burst: 1 }, 0)
        const given: { atMs: number; count: number }[] = []
        let nowMs = 0
        for (const one of turns) {
          nowMs += one.pauseMs
          bucket.setRate(one.rate, nowMs)
          if (bucket.take(one.count, nowMs)) given.push({ atMs: nowMs, count: one.count })
        }
        const most = { perSecond: 0, burst: 0 }
        for (const {
          rate: { perSecond, burst },
        } of turns) {
          most.perSecond = Math.max(most.perSecond, perSecond)
          most.burst = Math.max(most.burst, burst)
        }
        for (const [from, { atMs }] of given.entries()) {
          let sum = 0
          for (const one of given.slice(from)) {
            sum += one.count
            assert.ok(sum <= most.burst + ((one.atMs - atMs) / 1_000) * most.perSecond + 1e-6)
          }
        }
      }),
    )
  })

  it('says for how long it was overdrawn, until half of it is back', () => {
    const bucket = new TokenBucket({ perSecond: 10, burst: 100 }, 0)
    bucket.charge(100, 0)
    assert.equal(bucket.overForMs(1_000), 0)
    bucket.charge(20, 1_000)
    assert.equal(bucket.overForMs(3_000), 2_000)
    assert.equal(bucket.overForMs(6_900), 5_900)
    assert.equal(bucket.overForMs(7_100), 0)
  })
})

describe('a bounded map', () => {
  it('forgets the entry unused for longest', () => {
    const map = new BoundedMap<string, number>(2)
    map.set('a', 1)
    map.set('b', 2)
    map.get('a')
    map.set('c', 3)
    assert.deepEqual([map.get('a'), map.get('b'), map.get('c')], [1, undefined, 3])
  })
})
