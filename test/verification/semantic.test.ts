import assert from 'node:assert/strict'
import fc from 'fast-check'
import { cosineAtLeast, DIMENSIONS, embed } from '#protocol/verification/semantic.ts'
import { utf8 } from '#protocol/wire/hash.ts'

const vectorOf = (...values: number[]): Int32Array => {
  const vector = new Int32Array(DIMENSIONS)
  vector.set(values)
  return vector
}
const alike = (a: string, b: string, thresholdPpm: number): boolean =>
  cosineAtLeast(embed(utf8(a)), embed(utf8(b)), thresholdPpm)

describe('semantic comparator', () => {
  it('holds the threshold exactly', () => {
    // cos((3, 4), (1, 0)) = 0.6; cos((1, 1), (1, 0)) = 0.70710678...
    assert.ok(cosineAtLeast(vectorOf(3, 4), vectorOf(1, 0), 600_000))
    assert.ok(!cosineAtLeast(vectorOf(3, 4), vectorOf(1, 0), 600_001))
    assert.ok(cosineAtLeast(vectorOf(1, 1), vectorOf(1, 0), 707_106))
    assert.ok(!cosineAtLeast(vectorOf(1, 1), vectorOf(1, 0), 707_107))
    assert.ok(cosineAtLeast(vectorOf(2 ** 30, 2 ** 30), vectorOf(2 ** 30, 2 ** 30), 1_000_000))
    assert.ok(!cosineAtLeast(vectorOf(2 ** 30, 2 ** 30), vectorOf(2 ** 30, 2 ** 30 - 1), 1_000_000))
  })

  it('never calls opposite vectors or empty texts alike', () => {
    assert.ok(!cosineAtLeast(vectorOf(1), vectorOf(-1), 0))
    assert.ok(cosineAtLeast(vectorOf(1, 0), vectorOf(0, 1), 0))
    assert.ok(!alike('', '', 0))
    assert.ok(!alike('!?', 'word', 0))
  })

  it('is symmetric, and certain of a text itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), fc.nat(1_000_000), (a, b, ppm) => {
        assert.equal(alike(a, b, ppm), alike(b, a, ppm))
        if (embed(utf8(a)).some((count) => count !== 0)) assert.ok(alike(a, a, 1_000_000))
      }),
    )
  })

  it('ignores case, punctuation and spacing of ASCII text', () => {
    assert.deepEqual(embed(utf8('The cat, sat')), embed(utf8('the CAT  sat!')))
    assert.notDeepEqual(embed(utf8('cat the sat')), embed(utf8('the cat sat')))
    assert.notDeepEqual(embed(utf8('é')), embed(utf8('É')))
  })

  it('keeps long texts of different words apart, though their features collide', () => {
    const words = (from: number) => Array.from({ length: 2_000 }, (_, i) => `w${(from + i) * 7_919}`).join(' ')
    assert.ok(!alike(words(0), words(10_000), 400_000))
  })

  it('finds shared wording and tells other texts apart', () => {
    const capital = 'The capital of France is Paris, a city on the river Seine.'
    assert.ok(alike(capital, 'Paris, a city on the river Seine, is the capital of France.', 700_000))
    assert.ok(!alike(capital, 'Bread needs flour, water, salt and a little patience.', 200_000))
    assert.ok(alike('東京は日本の首都です。', '東京は日本の首都である。', 400_000))
    assert.ok(!alike('東京は日本の首都です。', '猫が魚を食べました。', 400_000))
  })
})
