import assert from 'node:assert/strict'
import { firstDueMs, Retry } from '#node/core/retry.ts'

describe('a retry', () => {
  /** The times of the first `count` attempts of `retry`, each made when it is due. */
  function times(retry: Retry, count: number): number[] {
    return Array.from({ length: count }, () => {
      const atMs = retry.dueMs
      retry.attempted(atMs)
      return atMs
    })
  }

  it('is due at once unless its policy names a delay', () => {
    assert.ok(new Retry({ firstMs: 10 }, 100).isDue(100))
    const later = new Retry({ firstMs: 10, delayMs: 5 }, 100)
    assert.ok(!later.isDue(104))
    assert.ok(later.isDue(105))
  })

  it('keeps the same pause if it does not grow', () => {
    assert.deepEqual(times(new Retry({ firstMs: 10 }, 0), 4), [0, 10, 20, 30])
  })

  it('grows its pauses up to the longest', () => {
    assert.deepEqual(times(new Retry({ firstMs: 400, growth: 2, maxMs: 1_000 }, 0), 5), [0, 400, 1_200, 2_200, 3_200])
  })

  it('counts the pause from the attempt, which may be late or early', () => {
    const retry = new Retry({ firstMs: 10 }, 0)
    retry.attempted(7)
    assert.equal(retry.dueMs, 17)
    retry.attempted(12)
    assert.equal(retry.dueMs, 22)
  })

  it('has failed once all its attempts are made, and waits for an answer to the last one', () => {
    const retry = new Retry({ firstMs: 10, attempts: 2 }, 0)
    retry.attempted(0)
    assert.ok(!retry.failed)
    retry.attempted(10)
    assert.ok(retry.failed)
    assert.ok(!retry.isDue(19))
    assert.ok(retry.isDue(20))
  })

  it('begins with its first pause again when it repeats another thing', () => {
    const retry = new Retry({ firstMs: 10, growth: 3 }, 0)
    times(retry, 3)
    retry.restart()
    assert.equal(retry.attempts, 0)
    retry.attempted(100)
    assert.equal(retry.dueMs, 110)
    assert.equal(retry.attempts, 1)
  })

  it('is looked for among others by when it is due', () => {
    const retries = [30, 10, 20].map((nowMs) => ({ retry: new Retry({ firstMs: 1 }, nowMs) }))
    assert.equal(firstDueMs(retries), 10)
    assert.equal(firstDueMs([]), Number.POSITIVE_INFINITY)
  })
})
