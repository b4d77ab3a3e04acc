import assert from 'node:assert/strict'
import fc from 'fast-check'
import { nearestName } from '#protocol/job/nearest.ts'
import { parseBytes, parseDecimal, parseDuration, parsePpm } from '#protocol/job/units.ts'

describe('units', () => {
  it('reads sizes in binary and decimal units', () => {
    assert.equal(parseBytes('256 MiB'), 2 ** 28)
    assert.equal(parseBytes('1.5GiB'), 1.5 * 2 ** 30)
    assert.equal(parseBytes('1 GB'), 1_000_000_000)
    assert.equal(parseBytes(4_096), 4_096)
    for (const bad of ['256', 'MiB', '-1 MiB', '1 XB', '0.3 B', '9999999 TiB', '1 toString', 1.5, -1]) {
      assert.equal(parseBytes(bad), undefined, `${bad}`)
    }
  })

  it('reads times with a unit only', () => {
    assert.deepEqual(
      ['500ms', '30s', '10 m', '10min', '1.5h', '1d'].map(parseDuration),
      [500, 30_000, 600_000, 600_000, 5_400_000, 86_400_000],
    )
    for (const bad of ['30', 30, '0.1ms', '1w', 's', '1h30m']) assert.equal(parseDuration(bad), undefined, `${bad}`)
  })

  it('reads decimals exactly, for any amount', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 63n), (micro) => {
        const text = `${micro / 1_000_000n}.${`${micro % 1_000_000n}`.padStart(6, '0')}`
        assert.equal(parseDecimal(text, 6), micro)
      }),
    )
    for (const bad of ['', '.', '1.', '.5', '-1', '1e3', '1.0000001', 'x', 1e-7, Number.NaN]) {
      assert.equal(parseDecimal(bad, 6), undefined, `${bad}`)
    }
  })

  it('reads fractions, percentages and parts per million', () => {
    assert.deepEqual(
      [0.001, '0.1%', '0.1 %', '1000ppm', 1, '100%', 0].map(parsePpm),
      [1_000, 1_000, 1_000, 1_000, 1_000_000, 1_000_000, 0],
    )
    for (const bad of ['', '%', '0.00001%', '1.5 ppm', -1]) assert.equal(parsePpm(bad), undefined, `${bad}`)
  })
})

describe('nearestName', () => {
  it('suggests what differs by a slip, and nothing for another word', () => {
    assert.equal(nearestName('replicaz', ['replicas', 'replacaz', 'repl']), 'replicas')
    assert.equal(nearestName('deadlines', ['deadline', 'deadlinely']), 'deadline')
    const names = ['engine', 'inputs', 'replicas', 'priceMax']
    assert.deepEqual(
      ['engin', 'input', 'replcias', 'pricemax', 'banana', ''].map((word) => nearestName(word, names)),
      ['engine', 'inputs', 'replicas', 'priceMax', undefined, undefined],
    )
  })
})
