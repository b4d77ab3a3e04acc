import assert from 'node:assert/strict'
import fc from 'fast-check'
import { budgets, strangers } from '#node/adapters/network/budgets.ts'
import { PeerGuard } from '#node/adapters/network/guard.ts'
import { bounds } from '#node/adapters/network/settings.ts'
import type { Standing } from '#node/ports/network.ts'

const standings: readonly Standing[] = ['witness', 'member', 'poster', 'stranger']
const minute = 60_000

describe('the guard of a peer', () => {
  let nowMs: number
  let guard: PeerGuard
  let barred: { peer: string; forMs: number }[]

  beforeEach(() => {
    nowMs = 1_000
    barred = []
    guard = new PeerGuard(() => nowMs)
    guard.onBar = (peer, forMs) => barred.push({ peer, forMs })
  })

  /** Reads `bytes` whenever the guard lets it, for so long; returns how many bytes that were. */
  const flood = (peer: string, bytes: number, forMs: number): number => {
    const endMs = nowMs + forMs
    let read = 0
    while (nowMs < endMs && !guard.refuses(peer)) {
      read += bytes
      nowMs += Math.max(1, Math.min(guard.chargeBytes(peer, bytes), endMs - nowMs))
    }
    return read
  }

  it('reads no more of a peer than its burst, its rate and one chunk, in any stretch of time', () => {
    const turns = fc.array(fc.record({ pauseMs: fc.nat({ max: 20_000 }), bytes: fc.integer({ min: 1, max: 65_536 }) }))
    fc.assert(
      fc.property(fc.constantFrom(...standings), turns, (standing, chunks) => {
        const one = new PeerGuard(() => nowMs)
        one.setStanding('a', standing)
        const { bytesPerSecond, bytesBurst } = budgets[standing]
        const startMs = nowMs
        let [readyMs, read] = [nowMs, 0]
        for (const { pauseMs, bytes } of chunks) {
          nowMs = Math.max(nowMs + pauseMs, readyMs)
          read += bytes
          readyMs = nowMs + one.chargeBytes('a', bytes)
          assert.ok(read <= bytesBurst + bytesPerSecond * ((nowMs - startMs) / 1_000) + 65_536)
        }
      }),
    )
  })

  it('reads no more frames of a peer than its burst and its rate, but for a witness, which pauses instead', () => {
    for (const standing of standings) {
      guard.setStanding(standing, standing)
      const { framesBurst, framesPerSecond } = budgets[standing]
      let admitted = 0
      for (let count = 0; count < 2 * framesBurst; count++) if (guard.admit(standing)) admitted++
      assert.equal(admitted, standing === 'witness' ? 2 * framesBurst : framesBurst)
      const pauseMs = guard.chargeBytes(standing, 0)
      assert.equal(pauseMs, standing === 'witness' ? (1_000 * framesBurst) / framesPerSecond : 0)
    }
  })

  it('does not let a peer start afresh by changing its standing', () => {
    guard.chargeBytes('a', budgets.stranger.bytesBurst)
    guard.setStanding('a', 'member')
    assert.ok(guard.chargeBytes('a', 65_536) > 0)
    guard.setStanding('a', 'stranger')
    assert.ok(guard.chargeBytes('a', 0) > 0)
  })

  it('bars a peer that floods on and on, and never a witness', () => {
    for (const standing of standings) {
      guard.setStanding(standing, standing)
      const { bytesPerSecond, bytesBurst, patienceMs } = budgets[standing]
      const forMs = 5 * minute
      const read = flood(standing, 65_536, forMs)
      assert.ok(read <= bytesBurst + bytesPerSecond * (forMs / 1_000) + 65_536)
      assert.equal(guard.refuses(standing), standing !== 'witness', standing)
      if (standing !== 'witness') assert.ok(read > bytesBurst + (bytesPerSecond * patienceMs) / 2_000)
    }
    assert.deepEqual(
      barred.map(({ peer }) => peer),
      ['member', 'poster', 'stranger'],
    )
  })

  it('does not bar a peer that sends more than its burst and then waits', () => {
    for (let times = 0; times < 5; times++) {
      guard.chargeBytes('a', budgets.stranger.bytesBurst + 1)
      nowMs += 2 * minute
    }
    assert.deepEqual(barred, [])
  })

  it('drops frames and bars in the end who sends too many on and on', () => {
    const { framesPerSecond, patienceMs } = budgets.stranger
    for (const endMs = nowMs + 2 * patienceMs; nowMs < endMs; nowMs += 10) {
      for (let count = 0; count < framesPerSecond / 10; count++) guard.admit('a')
    }
    assert.equal(barred.length, 1)
    assert.equal(guard.refuses('a'), true)
    assert.equal(guard.admit('a'), false)
    assert.equal(guard.admit('b'), true)
  })

  it('bars for twice as long each time, at most for 64 minutes, and forgets after a while', () => {
    const offend = (): number => {
      for (let count = 0; count < bounds.offences; count++) guard.recordOffence('a')
      return barred.at(-1)?.forMs ?? 0
    }
    const times = Array.from({ length: 9 }, () => {
      const forMs = offend()
      assert.equal(guard.refuses('a'), true)
      nowMs += forMs
      assert.equal(guard.refuses('a'), false)
      return forMs / minute
    })
    assert.deepEqual(times, [1, 2, 4, 8, 16, 32, 64, 64, 64])
    nowMs += bounds.barForgottenMs
    assert.equal(offend(), minute)
    assert.equal(guard.counters.offences, 10 * bounds.offences)
    assert.equal(guard.counters.bars, 10)
  })

  it('forgives offences that are far apart, and lets in a barred peer that became a witness', () => {
    for (let count = 0; count < 10; count++) {
      guard.recordOffence('a')
      nowMs += bounds.offenceMs
    }
    assert.equal(guard.refuses('a'), false)
    for (let count = 0; count < bounds.offences; count++) guard.recordOffence('a')
    assert.equal(guard.refuses('a'), true)
    guard.setStanding('a', 'witness')
    assert.equal(guard.refuses('a'), false)
    for (let count = 0; count < bounds.offences; count++) guard.recordOffence('a')
    assert.equal(guard.refuses('a'), false)
  })

  it('gives all strangers together a budget, and each of them what it is assured of', () => {
    const many = Array.from({ length: bounds.strangers }, (_, index) => `sybil ${index}`)
    const readyMs = new Map(many.map((peer) => [peer, nowMs]))
    const startMs = nowMs
    let read = 0
    for (const endMs = nowMs + 20_000; nowMs < endMs; nowMs += 10) {
      for (const [peer, atMs] of readyMs) {
        if (atMs > nowMs) continue
        read += 65_536
        readyMs.set(peer, nowMs + guard.chargeBytes(peer, 65_536))
      }
    }
    const seconds = (nowMs - startMs) / 1_000
    const assured = many.length * (strangers.assuredBytesBurst + 65_536 + strangers.assuredBytesPerSecond * seconds)
    assert.ok(read <= strangers.bytesBurst + strangers.bytesPerSecond * seconds + assured)
    assert.equal(guard.chargeBytes('honest', 16_384), 0, 'a newcomer that says little is read at once')
    guard.setStanding('friend', 'member')
    assert.equal(guard.chargeBytes('friend', 1_048_576), 0, 'members are not slowed by strangers')
  })

  it('holds unfinished frames up to the bound of each peer, and of strangers together', () => {
    const mebibyte = 1_048_576
    let held = 0
    for (let peer = 0; peer < 20; peer++) while (guard.reserve(`sybil ${peer}`, mebibyte)) held += mebibyte
    assert.equal(held, strangers.unfinishedBytes)
    assert.equal(guard.unfinishedOf('sybil 0'), budgets.stranger.unfinishedBytes)
    assert.equal(guard.reserve('honest', strangers.assuredUnfinishedBytes), true)
    guard.setStanding('friend', 'member')
    assert.equal(guard.reserve('friend', 17 * mebibyte), true)
    guard.release('sybil 0', budgets.stranger.unfinishedBytes)
    assert.equal(guard.unfinishedOf('sybil 0'), 0)
    assert.equal(guard.reserve('honest', mebibyte), true)
  })
})
