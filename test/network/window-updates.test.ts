import assert from 'node:assert/strict'
import { YamuxStream } from '@libp2p/yamux/stream'
import '#node/adapters/network/window-updates.ts'

const ESTABLISHED = 3
const SYN_RECEIVED = 2
const WINDOW = 1_000

describe('window updates', () => {
  /** What an open stream with `capacity` bytes left of its window sends. */
  function sent(capacity: number, state = ESTABLISHED): unknown[] {
    const frames: unknown[] = []
    const stream = Object.create(YamuxStream.prototype, {
      state: { value: state, writable: true },
      recvWindow: { value: WINDOW, writable: true },
      recvWindowCapacity: { value: capacity, writable: true },
      epochStart: { value: 0, writable: true },
      getRTT: { value: () => 1 },
      sendFrame: { value: (header: { length: number; flag: number }) => frames.push([header.length, header.flag]) },
    }) as YamuxStream
    stream.sendWindowUpdate()
    return frames
  }

  it('are sent when half of the window is used up, and give all of it back', () => {
    assert.deepEqual(sent(WINDOW), [])
    assert.deepEqual(sent(WINDOW / 2 + 1), [])
    assert.deepEqual(sent(WINDOW / 2), [[WINDOW / 2, 0]])
    assert.deepEqual(sent(0), [[WINDOW, 0]])
  })

  it('acknowledge a new stream at once', () => assert.deepEqual(sent(WINDOW, SYN_RECEIVED), [[0, 2]]))
})
