/**
 * `vectors.json` fixes the rounding of money for every implementation: ours and the programs'. Amounts are decimal
 * strings, keys base58. `WEFT_REWRITE=1` rewrites the expected values from this code.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { replicaCap, replicaCost } from '#protocol/credits/price.ts'
import { splitVerdict } from '#protocol/credits/split.ts'

const amount = z.string().regex(/^\d+$/)
const vectorsSchema = z.strictObject({
  about: z.string(),
  replicaCost: z.array(
    z.strictObject({
      pricePerSecond: amount,
      meterMs: z.number(),
      priceMax: amount,
      replicas: z.number(),
      cap: amount,
      cost: amount,
    }),
  ),
  splitVerdict: z.array(
    z.strictObject({
      costs: z.array(z.strictObject({ payee: z.string(), cost: amount })),
      witnesses: z.array(z.string()),
      witnessFeeBps: z.number(),
      payments: z.array(z.strictObject({ payee: z.string(), amount })),
      charged: amount,
    }),
  ),
})
type Vectors = z.infer<typeof vectorsSchema>

const file = new URL('vectors.json', import.meta.url)

function recomputed(vectors: Vectors): Vectors {
  return {
    about: vectors.about,
    replicaCost: vectors.replicaCost.map((row) => {
      const cap = replicaCap({ priceMax: BigInt(row.priceMax), replicas: row.replicas })
      const cost = replicaCost({ pricePerSecond: BigInt(row.pricePerSecond), meterMs: row.meterMs, cap })
      return { ...row, cap: `${cap}`, cost: `${cost}` }
    }),
    splitVerdict: vectors.splitVerdict.map((row) => {
      const costs = row.costs.map(({ payee, cost }) => ({ payee, cost: BigInt(cost) }))
      const split = splitVerdict({ costs, witnesses: row.witnesses, witnessFeeBps: row.witnessFeeBps })
      const payments = split.payments.map(({ payee, amount }) => ({ payee, amount: `${amount}` }))
      return { ...row, payments, charged: `${split.charged}` }
    }),
  }
}

describe('credits vectors', () => {
  it('are what this code computes', () => {
    const vectors = vectorsSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    const expected = recomputed(vectors)
    if (process.env['WEFT_REWRITE'] === '1') writeFileSync(file, `${JSON.stringify(expected, null, 2)}\n`)
    else assert.deepEqual(vectors, expected)
    assert.ok(vectors.replicaCost.length >= 8 && vectors.splitVerdict.length >= 6)
  })
})
