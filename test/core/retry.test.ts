import assert from 'node:assert/strict'
import { firstDueMs, Retry, type RetryPolicy } from '#node/core/retry.ts'
import { asMonotonic, asNumber, NEVER } from '#node/core/time.ts'

const from = (policy: RetryPolicy, nowMs = 0): Retry => new Retry(policy, asMonotonic(nowMs))

/** The times of the first `count` attempts of `retry`, each made when it is due. */
function times(retry: Retry, count: number): number[] {
  return Array.from({ length: count }, () => {
    const atMs = retry.dueMs
    retry.attempted(atMs)
    return asNumber(atMs)
  })
}

describe('a retry', () => {
  it('is due at once unless its policy names a delay', () => {
    assert.ok(from({ firstMs: 10 }, 100).isDue(asMonotonic(100)))
    const delayed = from({ firstMs: 10, delayMs: 5 }, 100)
    assert.ok(!delayed.isDue(asMonotonic(104)))
    assert.ok(delayed.isDue(asMonotonic(105)))
  })

  it('keeps the same pause if it does not grow', () => {
    assert.deepEqual(times(from({ firstMs: 10 }), 4), [0, 10, 20, 30])
  })

  it('grows its pauses up to the longest', () => {
    assert.deepEqual(times(from({ firstMs: 400, growth: 2, maxMs: 1_000 }), 5), [0, 400, 1_200, 2_200, 3_200])
  })

  it('counts the pause from the attempt, which may be late or early', () => {
    const retry = from({ firstMs: 10 })
    retry.attempted(asMonotonic(7))
    assert.equal(asNumber(retry.dueMs), 17)
    retry.attempted(asMonotonic(12))
    assert.equal(asNumber(retry.dueMs), 22)
  })

  it('has failed once all its attempts are made, and waits for an answer to the last one', () => {
    const retry = from({ firstMs: 10, attempts: 2 })
    retry.attempted(asMonotonic(0))
    assert.ok(!retry.failed)
    retry.attempted(asMonotonic(10))
    assert.ok(retry.failed)
    assert.ok(!retry.isDue(asMonotonic(19)))
    assert.ok(retry.isDue(asMonotonic(20)))
  })

  it('begins with its first pause again when it repeats another thing', () => {
    const retry = from({ firstMs: 10, growth: 3 })
    times(retry, 3)
    retry.restart()
    assert.equal(retry.attempts, 0)
    retry.attempted(asMonotonic(100))
    assert.equal(asNumber(retry.dueMs), 110)
    assert.equal(retry.attempts, 1)
  })

  it('is looked for among others by when it is due', () => {
    const retries = [30, 10, 20].map((nowMs) => ({ retry: from({ firstMs: 1 }, nowMs) }))
    assert.equal(firstDueMs(retries), asMonotonic(10))
    assert.equal(firstDueMs([]), NEVER)
  })
})
