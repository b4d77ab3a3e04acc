import assert from 'node:assert/strict'
import fc from 'fast-check'
import { splitVerdict } from '#protocol/credits/split.ts'
import { sha256, toHex, utf8 } from '#protocol/wire/hash.ts'
import { decodeKey, encodeKey } from '#protocol/wire/keys.ts'

const keys = Array.from({ length: 8 }, (_, i) => encodeKey(sha256(utf8(`wallet ${i}`))))
const [alice = '', bob = '', carol = ''] = keys
const anyKey = fc.constantFrom(...keys)

const anyVerdict = fc.record({
  costs: fc.array(fc.record({ payee: anyKey, cost: fc.bigInt(0n, 2n ** 62n) }), { maxLength: 9 }),
  witnesses: fc.array(anyKey, { maxLength: 7 }),
  witnessFeeBps: fc.nat(10_000),
})

describe('splitVerdict', () => {
  it('pays to the unit what is charged, for all inputs', () => {
    fc.assert(
      fc.property(anyVerdict, (verdict) => {
        const { payments, charged } = splitVerdict(verdict)
        const paid = payments.reduce((sum, { amount }) => sum + amount, 0n)
        assert.equal(paid, charged)
        assert.equal(
          charged,
          verdict.costs.reduce((sum, { cost }) => sum + cost, 0n),
        )
      }),
      { numRuns: 1_000 },
    )
  })

  it('pays each payee once, more than zero, in the order of their bytes', () => {
    fc.assert(
      fc.property(anyVerdict, (verdict) => {
        const { payments } = splitVerdict(verdict)
        const bytes = payments.map(({ payee }) => toHex(decodeKey(payee)))
        assert.deepEqual(bytes, [...new Set(bytes)].sort())
        assert.ok(payments.every(({ amount }) => amount > 0n))
      }),
    )
  })

  it('gives a pure witness an equal share, one unit more to the first ones', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 62n), fc.integer({ min: 1, max: 7 }), (cost, count) => {
        const witnesses = keys.slice(1, 1 + count)
        const { payments } = splitVerdict({ costs: [{ payee: alice, cost }], witnesses, witnessFeeBps: 500 })
        const shares = witnesses.map((key) => payments.find(({ payee }) => payee === key)?.amount ?? 0n)
        const pool = (cost * 500n) / 10_000n
        assert.equal(
          shares.reduce((sum, share) => sum + share, 0n),
          pool,
        )
        const [first = 0n] = shares
        assert.ok(shares.every((share, i) => first - share <= 1n && share <= (shares[i - 1] ?? share)))
      }),
    )
  })

  it('takes the fee from each cost on its own, rounding down', () => {
    const costs = [
      { payee: alice, cost: 19n },
      { payee: bob, cost: 21n },
    ]
    const { payments } = splitVerdict({ costs, witnesses: [carol], witnessFeeBps: 500 })
    const paid = (key: string) => payments.find(({ payee }) => payee === key)?.amount
    assert.deepEqual([paid(alice), paid(bob), paid(carol)], [19n, 20n, 1n])
  })

  it('leaves everything to the replicas when there is no witness', () => {
    const split = splitVerdict({ costs: [{ payee: alice, cost: 1_000n }], witnesses: [], witnessFeeBps: 500 })
    assert.deepEqual(split, { payments: [{ payee: alice, amount: 1_000n }], charged: 1_000n })
  })

  it('refuses a fee above 100 per cent and a negative cost', () => {
    assert.throws(() => splitVerdict({ costs: [], witnesses: [], witnessFeeBps: 10_001 }), RangeError)
    const costs = [{ payee: alice, cost: -1n }]
    assert.throws(() => splitVerdict({ costs, witnesses: [], witnessFeeBps: 0 }), RangeError)
  })
})
