import assert from 'node:assert/strict'
import fc from 'fast-check'
import { cliques } from '#protocol/verification/cluster.ts'

/** The largest clique's size by trying every subset. */
function largestBySubsets(count: number, similar: (i: number, j: number) => boolean): number {
  let most = 0
  for (let mask = 0; mask < 1 << count; mask++) {
    const members = Array.from({ length: count }, (_, i) => i).filter((i) => (mask >> i) & 1)
    if (members.every((i) => members.every((j) => i >= j || similar(i, j)))) most = Math.max(most, members.length)
  }
  return most
}

const anyGraph = fc.record({
  count: fc.integer({ min: 0, max: 9 }),
  edges: fc.array(fc.boolean(), { minLength: 81, maxLength: 81 }),
})

describe('cliques', () => {
  it('finds the largest clique first, for any graph', () => {
    fc.assert(
      fc.property(anyGraph, ({ count, edges }) => {
        const similar = (i: number, j: number): boolean => edges[Math.min(i, j) * 9 + Math.max(i, j)] === true
        const groups = cliques(count, similar)
        assert.deepEqual(
          groups.flat().sort(),
          Array.from({ length: count }, (_, i) => i),
        )
        assert.equal(groups[0]?.length ?? 0, largestBySubsets(count, similar))
        for (const group of groups) assert.ok(group.every((i) => group.every((j) => i >= j || similar(i, j))))
        assert.ok(groups.every((group, k) => group.length <= (groups[k - 1]?.length ?? group.length)))
      }),
      { numRuns: 300 },
    )
  })

  it('prefers the earlier positions among cliques of one size', () => {
    assert.deepEqual(
      cliques(4, (i, j) => i + j === 3),
      [
        [0, 3],
        [1, 2],
      ],
    )
    assert.deepEqual(
      cliques(3, (i, j) => Math.abs(i - j) === 1),
      [[0, 1], [2]],
    )
  })

  it('refuses more replies than a job can have', () => {
    assert.equal(cliques(16, () => true)[0]?.length, 16)
    assert.throws(() => cliques(17, () => true), RangeError)
  })
})
