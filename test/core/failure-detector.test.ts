import assert from 'node:assert/strict'
import { FailureDetector } from '#node/core/failure-detector.ts'
import { type ActiveMs, asActive, later } from '#node/core/time.ts'
import { limits } from '#protocol/limits.ts'

const peer = 'a peer'
const { leaseMs, silenceMinMs, silenceUnknownMs } = limits

/** Renewals one after the other; returns when the last one came. */
function renewals(detector: FailureDetector, gapsMs: readonly number[], fromMs = asActive(0)): ActiveMs {
  let nowMs = fromMs
  for (const gapMs of gapsMs) {
    nowMs = later(nowMs, gapMs)
    detector.heartbeat(peer, gapMs, nowMs)
  }
  return nowMs
}

describe('the patience with a silent peer', () => {
  it('is a middle one while little is known of it', () => {
    const detector = new FailureDetector()
    assert.equal(detector.timeoutMs(peer, asActive(0)), silenceUnknownMs)
    const nowMs = renewals(detector, [200, 200, 200])
    assert.equal(detector.timeoutMs(peer, nowMs), silenceUnknownMs)
  })

  it('is three of its longest gaps once it was regular, and never less than the least', () => {
    const detector = new FailureDetector()
    const nowMs = renewals(detector, [200, 390, 200, 210])
    assert.equal(detector.timeoutMs(peer, nowMs), 3 * 390)
    const quick = new FailureDetector()
    assert.equal(quick.timeoutMs(peer, renewals(quick, [100, 100, 100, 100])), silenceMinMs)
    assert.equal(detector.timeoutMs('another peer', nowMs), silenceUnknownMs)
  })

  it('grows to the whole lease after one long gap, and is short again when that was long ago', () => {
    const detector = new FailureDetector()
    let nowMs = renewals(detector, [300, 300, 300, 2_000])
    assert.equal(detector.timeoutMs(peer, nowMs), leaseMs)
    nowMs = renewals(detector, new Array(30).fill(300), nowMs)
    assert.equal(detector.timeoutMs(peer, nowMs), leaseMs, 'it is remembered for ten seconds at least')
    nowMs = renewals(detector, new Array(40).fill(300), nowMs)
    assert.equal(detector.timeoutMs(peer, nowMs), 3 * 300)
  })

  it('is the middle one again after a time without leases', () => {
    const detector = new FailureDetector()
    const nowMs = renewals(detector, [200, 200, 200, 200, 200])
    assert.equal(detector.timeoutMs(peer, later(nowMs, 20_000)), silenceUnknownMs)
    detector.heartbeat(peer, 200, later(nowMs, 20_200))
    assert.equal(detector.timeoutMs(peer, later(nowMs, 20_200)), silenceUnknownMs)
  })

  it('is remembered for a bounded number of peers: those heard last', () => {
    const detector = new FailureDetector()
    const nowMs = renewals(detector, [300, 300, 300, 300])
    for (let i = 0; i < limits.failureDetectorPeers - 1; i++) detector.heartbeat(`peer ${i}`, 200, nowMs)
    assert.equal(detector.timeoutMs(peer, nowMs), 3 * 300)
    detector.heartbeat('one too many', 200, nowMs)
    assert.equal(detector.timeoutMs(peer, nowMs), silenceUnknownMs)
  })
})
