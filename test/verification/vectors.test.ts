/**
 * `vectors.json` fixes verdicts and commitments for every implementation. Outputs are text in UTF-8, seeds and nonces
 * hex. `WEFT_REWRITE=1` rewrites the expected values from this code.
 */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { z } from 'zod'
import { comparatorSchema } from '#protocol/job/spec.ts'
import { commitmentHash } from '#protocol/verification/commitment.ts'
import { judge } from '#protocol/verification/judge.ts'
import { fromHex, sha256, toHex, utf8 } from '#protocol/wire/hash.ts'

const vectorsSchema = z.strictObject({
  about: z.string(),
  commitmentHash: z.array(
    z.strictObject({
      jobId: z.string(),
      fence: z.number(),
      peer: z.string(),
      outputDigest: z.string(),
      nonce: z.string(),
      hash: z.string(),
    }),
  ),
  judge: z.array(
    z.strictObject({
      what: z.string(),
      comparator: comparatorSchema,
      replicas: z.number(),
      seed: z.string(),
      replies: z.array(z.strictObject({ peer: z.string(), output: z.string() })),
      verdict: z.unknown(),
    }),
  ),
})
type Vectors = z.infer<typeof vectorsSchema>

const file = new URL('vectors.json', import.meta.url)

function recomputed(vectors: Vectors): Vectors {
  return {
    about: vectors.about,
    commitmentHash: vectors.commitmentHash.map((row) => ({
      ...row,
      hash: commitmentHash({ ...row, nonce: fromHex(row.nonce) }),
    })),
    judge: vectors.judge.map((row) => {
      const replies = row.replies.map(({ peer, output }) => {
        return { peer, digest: toHex(sha256(utf8(output))), output: utf8(output) }
      })
      return { ...row, verdict: judge({ ...row, replies, seed: fromHex(row.seed) }) }
    }),
  }
}

describe('verification vectors', () => {
  it('are what this code computes', () => {
    const vectors = vectorsSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    const expected = recomputed(vectors)
    if (process.env['WEFT_REWRITE'] === '1') writeFileSync(file, `${JSON.stringify(expected, null, 2)}\n`)
    else assert.deepEqual(vectors, expected)
    assert.ok(vectors.judge.length >= 8 && vectors.commitmentHash.length >= 2)
  })
})

describe('commitmentHash', () => {
  it('changes with every part that it binds', () => {
    const base = { jobId: 'job', fence: 1, peer: 'peer', outputDigest: 'ab', nonce: new Uint8Array(32) }
    const hashes = [
      base,
      { ...base, jobId: 'jo' },
      { ...base, fence: 2 },
      { ...base, peer: 'bpeer' },
      { ...base, outputDigest: 'abab' },
      { ...base, nonce: new Uint8Array(32).fill(1) },
    ].map(commitmentHash)
    assert.equal(new Set(hashes).size, hashes.length)
    assert.match(hashes[0] ?? '', /^[0-9a-f]{64}$/)
  })
})
