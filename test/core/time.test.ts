import assert from 'node:assert/strict'
import {
  type ActiveMs,
  activeToMonotonic,
  asActive,
  asCertified,
  asMonotonic,
  asNumber,
  asWall,
  certifiedToWall,
  earliest,
  earliestOf,
  elapsedMs,
  later,
  latest,
  type MonotonicMs,
  monotonicToActive,
  NEVER,
  wallToActive,
} from '#node/core/time.ts'

describe('moments of a clock', () => {
  it('are compared, moved and measured by their own clock', () => {
    const at = asActive(1_000)
    assert.equal(asNumber(later(at, 250)), 1_250)
    assert.equal(elapsedMs({ from: at, to: later(at, -50) }), -50)
    assert.equal(earliest(later(at, 1), at, NEVER), at)
    assert.equal(latest(at, later(at, 1)), later(at, 1))
    assert.ok(at < NEVER)
  })

  it('never come if there are none', () => {
    assert.equal(earliest(NEVER, NEVER), NEVER)
    assert.equal(earliestOf<'wall'>([]), NEVER)
    assert.equal(earliestOf([{ atMs: asWall(3) }, { atMs: asWall(2) }]), asWall(2))
  })

  it('go from one clock to another and back', () => {
    assert.equal(monotonicToActive(asMonotonic(900), 200), asActive(700))
    assert.equal(activeToMonotonic(asActive(700), 200), asMonotonic(900))
    assert.equal(wallToActive(asWall(5_100), { wallMs: asWall(5_000), activeMs: asActive(70) }), asActive(170))
    assert.equal(certifiedToWall(asCertified(5)), asWall(5))
  })

  it('of two clocks do not compile together', () => {
    const active: ActiveMs = asActive(1)
    const monotonic: MonotonicMs = asMonotonic(2)
    // @ts-expect-error compared
    assert.equal(active < monotonic, true)
    // @ts-expect-error compared with a plain number
    assert.equal(active < 2, true)
    // @ts-expect-error the first of both
    assert.equal(earliest(active, monotonic), active)
    // @ts-expect-error the first of a list of both
    assert.equal(earliestOf([{ atMs: active }, { atMs: monotonic }]), active)
    // @ts-expect-error the later one of both
    assert.equal(latest(active, monotonic), monotonic)
    // @ts-expect-error from one to the other
    assert.equal(elapsedMs({ from: active, to: monotonic }), 1)
    // @ts-expect-error handed over
    const handed: ActiveMs = monotonic
    assert.equal(handed, monotonic)
    // @ts-expect-error added
    assert.equal(active + monotonic, 3)
  })
})
