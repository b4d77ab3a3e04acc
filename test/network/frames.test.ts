import assert from 'node:assert/strict'
import fc from 'fast-check'
import { FrameError, FrameReader, frameHeader } from '#node/adapters/network/frames.ts'
import { BoundedMap, TokenBucket } from '#node/adapters/network/rate.ts'

describe('frames', () => {
  it('come out as they went in, however the stream is cut', () => {
    const frames = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 })
    fc.assert(
      fc.property(frames, fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }), (sent, cuts) => {
        const stream = Buffer.concat(sent.flatMap((frame) => [frameHeader(frame.length), frame]))
        const reader = new FrameReader(300)
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
    const read = (bytes: Uint8Array): void => new FrameReader(1_000).push(bytes, () => undefined)
    read(frameHeader(1_000))
    assert.throws(() => read(frameHeader(1_001)), FrameError)
    assert.throws(() => read(new Uint8Array(10).fill(0xff)), FrameError)
    assert.throws(() => read(new Uint8Array(10).fill(0x80)), FrameError)
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
