import assert from 'node:assert/strict'
import { Pulses } from '#node/core/pulse.ts'
import { limits } from '#protocol/limits.ts'

const peer = 'a peer'
const { leaseMs, silenceMinMs, silenceUnknownMs } = limits

/** Renewals one after the other; returns when the last one came. */
function renewals(pulses: Pulses, gapsMs: readonly number[], fromMs = 0): number {
  let nowMs = fromMs
  for (const gapMs of gapsMs) {
    nowMs += gapMs
    pulses.beat(peer, gapMs, nowMs)
  }
  return nowMs
}

describe('the patience with a silent peer', () => {
  it('is a middle one while little is known of it', () => {
    const pulses = new Pulses()
    assert.equal(pulses.patienceMs(peer, 0), silenceUnknownMs)
    const nowMs = renewals(pulses, [200, 200, 200])
    assert.equal(pulses.patienceMs(peer, nowMs), silenceUnknownMs)
  })

  it('is three of its longest gaps once it was regular, and never less than the least', () => {
    const pulses = new Pulses()
    const nowMs = renewals(pulses, [200, 390, 200, 210])
    assert.equal(pulses.patienceMs(peer, nowMs), 3 * 390)
    const quick = new Pulses()
    assert.equal(quick.patienceMs(peer, renewals(quick, [100, 100, 100, 100])), silenceMinMs)
    assert.equal(pulses.patienceMs('another peer', nowMs), silenceUnknownMs)
  })

  it('grows to the whole lease after one long gap, and is short again when that was long ago', () => {
    const pulses = new Pulses()
    let nowMs = renewals(pulses, [300, 300, 300, 2_000])
    assert.equal(pulses.patienceMs(peer, nowMs), leaseMs)
    nowMs = renewals(pulses, new Array(30).fill(300), nowMs)
    assert.equal(pulses.patienceMs(peer, nowMs), leaseMs, 'it is remembered for ten seconds at least')
    nowMs = renewals(pulses, new Array(40).fill(300), nowMs)
    assert.equal(pulses.patienceMs(peer, nowMs), 3 * 300)
  })

  it('is the middle one again after a time without leases', () => {
    const pulses = new Pulses()
    const nowMs = renewals(pulses, [200, 200, 200, 200, 200])
    assert.equal(pulses.patienceMs(peer, nowMs + 20_000), silenceUnknownMs)
    pulses.beat(peer, 200, nowMs + 20_200)
    assert.equal(pulses.patienceMs(peer, nowMs + 20_200), silenceUnknownMs)
  })

  it('is remembered for a bounded number of peers: those heard last', () => {
    const pulses = new Pulses()
    const nowMs = renewals(pulses, [300, 300, 300, 300])
    for (let i = 0; i < limits.pulsesHeld - 1; i++) pulses.beat(`peer ${i}`, 200, nowMs)
    assert.equal(pulses.patienceMs(peer, nowMs), 3 * 300)
    pulses.beat('one too many', 200, nowMs)
    assert.equal(pulses.patienceMs(peer, nowMs), silenceUnknownMs)
  })
})
