import assert from 'node:assert/strict'
import fc from 'fast-check'
import { LARGE, parseNano } from '#protocol/verification/number.ts'
import { numericSimilarity, readNumericText } from '#protocol/verification/numeric.ts'
import { sha256, toHex, utf8 } from '#protocol/wire/hash.ts'

const GIGA = 1_000_000_000n

function alike(a: string, b: string, absoluteNano: number, relativePpm = 0): boolean {
  const replies = [a, b].map((text, i) => ({ peer: `${i}`, digest: toHex(sha256(utf8(text))), output: utf8(text) }))
  const likeness = numericSimilarity(replies, { type: 'numeric', absoluteNano, relativePpm })
  assert.equal(likeness.similar(0, 1), likeness.similar(1, 0))
  if (likeness.similar(0, 1)) assert.equal(likeness.distance(0, 1), likeness.distance(1, 0))
  return likeness.similar(0, 1)
}

function take(text: string) {
  const read = readNumericText(utf8(text))
  assert.ok(read !== undefined)
  return read
}

describe('parseNano', () => {
  it('reads decimal numbers in units of 1e-9, cut off towards zero', () => {
    const values: Record<string, bigint> = {
      '0': 0n,
      '1': GIGA,
      '+1.5': 1_500_000_000n,
      '-.5': -500_000_000n,
      '6.02e3': 6_020n * GIGA,
      '1e-9': 1n,
      '1.9e-9': 1n,
      '-1.9e-9': -1n,
      '1E+2': 100n * GIGA,
      '0.1': 100_000_000n,
      '007': 7n * GIGA,
    }
    for (const [word, nano] of Object.entries(values)) assert.equal(parseNano(word), nano, word)
  })

  it('reads nothing else as a number', () => {
    const words = ['', '-', '.', 'e5', '1e', '1.2.3', '1_000', '0x10', 'nan', 'inf', '1-2', '--1', '1e401', '1e99999']
    for (const word of [...words, '1'.repeat(65), '5.']) assert.equal(parseNano(word), undefined, word)
  })

  it('agrees with exact arithmetic for any integer and exponent', () => {
    fc.assert(
      fc.property(fc.bigInt(-(10n ** 30n), 10n ** 30n), fc.integer({ min: -30, max: 30 }), (mantissa, exponent) => {
        const shift = exponent + 9
        const nano = shift >= 0 ? mantissa * 10n ** BigInt(shift) : mantissa / 10n ** BigInt(-shift)
        assert.equal(parseNano(`${mantissa}e${exponent}`), nano)
      }),
    )
  })
})

describe('numeric comparator', () => {
  it('takes numbers out of the text and leaves words, versions and dates in it', () => {
    const read = (text: string) => {
      const { text: rest, numbers, places } = take(text)
      return [new TextDecoder().decode(rest), numbers.map((nano) => nano / 1e6), places]
    }
    assert.deepEqual(read('mean = 1.5, n=20.'), ['mean = , n=.', [1_500, 20_000], [7, 11]])
    assert.deepEqual(read('v1.2.3 2026-01-02 5kg a1 é7'), ['v1.2.3 2026-01-02 5kg a1 é', [7_000], [27]])
    assert.deepEqual(read('[5. 6.]'), ['[. .]', [5_000, 6_000], [1, 3]])
    assert.deepEqual(read(''), ['', [], []])
  })

  it('holds the absolute tolerance exactly', () => {
    assert.ok(alike('1.000000000', '1.000000005', 5))
    assert.ok(!alike('1.000000000', '1.000000006', 5))
    assert.ok(alike('-0.000000002', '0.000000003', 5))
    assert.ok(alike('1e3', '1000.0', 0))
  })

  it('holds the relative tolerance exactly, against the larger one', () => {
    assert.ok(alike('999999', '1000000', 0, 1))
    assert.ok(!alike('999998', '1000000', 0, 1))
    assert.ok(alike('-999999', '-1000000', 0, 1))
    assert.ok(!alike('1', '-1', 0, 1_000_000))
    assert.ok(alike('0', '1', 0, 1_000_000))
  })

  it('wants the same text in the same places', () => {
    assert.ok(!alike('x 1', 'y 1', 1_000))
    assert.ok(!alike('a 1 b', 'a b 1', 1_000))
    assert.ok(!alike('1,2,', '1,,2', 1_000))
    assert.ok(!alike('1 2', '1 2 3', 1_000))
    assert.ok(!alike('1 2', '12', Number.MAX_SAFE_INTEGER))
    assert.ok(!alike('\u0000 5', '5 \u0000', Number.MAX_SAFE_INTEGER))
    assert.ok(!alike('nan', '0', Number.MAX_SAFE_INTEGER))
  })

  it('reads byte by byte what parseNano reads', () => {
    const digits = fc.stringMatching(/^[0-9]{0,20}$/)
    const exponent = fc.oneof(fc.constant(''), fc.stringMatching(/^[eE][+-]?[0-9]{0,5}$/))
    const sign = fc.constantFrom('', '', '-', '+', '--')
    const word = fc
      .tuple(sign, digits, fc.constantFrom('', '.', '.', '..'), digits, exponent)
      .map((all) => all.join(''))
    fc.assert(
      fc.property(word, fc.constantFrom('', '.', '..', ' ', 'x', ', 7'), (written, after) => {
        const { numbers, large } = take(written + after)
        const expected = /^[^ ,]*/.exec(written + after)?.[0].replace(/[.]+$/, '') ?? ''
        const nano = parseNano(expected)
        const first = numbers[0] === LARGE ? large.get(0) : numbers[0] === undefined ? undefined : BigInt(numbers[0])
        if (after === ', 7' && nano === undefined) assert.equal(first, 7n * GIGA)
        else assert.equal(first, nano, written + after)
      }),
      { numRuns: 2_000 },
    )
  })

  it('loses nothing: text and numbers cover every byte', () => {
    const piece = fc.constantFrom('1', '2.5', ' ', 'x', '.', '-', 'e', ',', 'é', '\n')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const bytes = utf8(pieces.join(''))
        const { text, places, numbers } = take(pieces.join(''))
        assert.equal(places.length, numbers.length)
        assert.ok(text.length <= bytes.length && places.every((place) => place <= text.length))
        if (numbers.length === 0) assert.deepEqual(text, bytes)
      }),
    )
  })

  it('compares numbers as integers do, for any two and any tolerance', () => {
    const nano = fc.bigInt(-(10n ** 15n), 10n ** 15n)
    fc.assert(
      fc.property(nano, fc.bigInt(-100n, 100n), fc.nat(120), fc.nat(1_000), (a, step, absolute, ppm) => {
        const b = a + step
        const within = (size: bigint): boolean => distance * 1_000_000n <= BigInt(ppm) * size
        const distance = step < 0n ? -step : step
        const expected = distance <= BigInt(absolute) || [a, b, -a, -b].some(within)
        assert.equal(alike(`${a}e-9`, `${b}e-9`, absolute, ppm), expected)
      }),
    )
  })
})
