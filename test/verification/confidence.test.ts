import assert from 'node:assert/strict'
import { confidencePpm } from '#protocol/verification/confidence.ts'

describe('confidence', () => {
  it('is 1 / (1 + (1/9)^lead) in parts per million, rounded down', () => {
    assert.deepEqual(
      [1, 2, 3, 5].map((lead) => confidencePpm(lead, 0)),
      [900_000, 987_804, 998_630, 999_983],
    )
    assert.equal(confidencePpm(2, 1), confidencePpm(1, 0))
  })

  it('grows with the winners, falls with the outvoted and is never certain', () => {
    for (let winners = 1; winners < 9; winners++) {
      for (let outvoted = 0; outvoted < winners; outvoted++) {
        const ppm = confidencePpm(winners, outvoted)
        assert.ok(ppm >= 900_000 && ppm < 1_000_000)
        assert.ok(confidencePpm(winners + 1, outvoted) >= ppm)
      }
    }
    assert.equal(confidencePpm(16, 0), 999_999)
  })
})
