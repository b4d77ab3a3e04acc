import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Comparator } from '#protocol/job/spec.ts'
import { limits } from '#protocol/limits.ts'
import { judge, type Verdict } from '#protocol/verification/judge.ts'
import type { Reply } from '#protocol/verification/reply.ts'
import { sha256, toHex, utf8 } from '#protocol/wire/hash.ts'
import { encodeKey, type PeerKey } from '#protocol/wire/keys.ts'

const SEED = sha256(utf8('seed'))
const keyOf = (i: number): PeerKey => encodeKey(sha256(utf8(`peer ${i}`)))

function replyOf(text: string, i: number): Reply {
  const output = utf8(text)
  return { peer: keyOf(i), digest: toHex(sha256(output)), output }
}

function judgeTexts(texts: readonly string[], comparator: Comparator, replicas = texts.length): Verdict {
  return judge({ comparator, replicas, replies: texts.map(replyOf), seed: SEED })
}

const exact: Comparator = { type: 'exact' }
const numeric = (absoluteNano: number, relativePpm = 0): Comparator => ({ type: 'numeric', absoluteNano, relativePpm })
const semantic = (thresholdPpm: number): Comparator => ({ type: 'semantic', thresholdPpm })

const anyComparator = fc.constantFrom(exact, numeric(500_000_000), numeric(0, 200_000), semantic(700_000))
const anyText = fc.constantFrom('x 1', 'x 1.4', 'x 1.8', 'x 2', 'y 1', 'the cat sat down', 'The cat sat down.', '', '!')
const anyCase = fc.record({
  comparator: anyComparator,
  texts: fc.array(anyText, { maxLength: 9 }),
  replicas: fc.integer({ min: 1, max: 9 }),
  seed: fc.nat().map((i) => sha256(utf8(`${i}`))),
})

describe('judge', () => {
  it('names the winners, the outvoted and a representative', () => {
    const verdict = judgeTexts(['42', '42', '41'], exact)
    assert.equal(verdict.status, 'agreed')
    if (verdict.status !== 'agreed') return
    assert.deepEqual([...verdict.winners].sort(), [keyOf(0), keyOf(1)].sort())
    assert.deepEqual(verdict.outvoted, [keyOf(2)])
    assert.ok(verdict.winners.includes(verdict.representative))
    assert.deepEqual([verdict.agreed, verdict.of, verdict.confidencePpm], [2, 3, 900_000])
  })

  it('judges the same for any order of the replies', () => {
    fc.assert(
      fc.property(anyCase, fc.infiniteStream(fc.nat()), ({ comparator, texts, replicas, seed }, numbers) => {
        const replies = texts.map(replyOf)
        const shuffled = replies
          .map((reply) => ({ reply, at: numbers.next().value ?? 0 }))
          .sort((a, b) => a.at - b.at)
          .map(({ reply }) => reply)
        assert.deepEqual(
          judge({ comparator, replicas, replies: shuffled, seed }),
          judge({ comparator, replicas, replies, seed }),
        )
      }),
      { numRuns: 500 },
    )
  })

  it('never lets a minority win, and puts every peer in exactly one place', () => {
    fc.assert(
      fc.property(anyCase, ({ comparator, texts, replicas, seed }) => {
        const verdict = judge({ comparator, replicas, replies: texts.map(replyOf), seed })
        const placed = verdict.status === 'agreed' ? [verdict.winners, verdict.outvoted] : verdict.clusters
        assert.deepEqual(placed.flat().sort(), texts.map((_, i) => keyOf(i)).sort())
        assert.equal(verdict.of, Math.max(replicas, texts.length))
        const most = Math.max(0, ...placed.map((group) => group.length))
        if (verdict.status === 'no-majority') assert.ok(most * 2 <= verdict.of)
        else assert.ok(verdict.agreed * 2 > replicas && verdict.agreed === verdict.winners.length)
      }),
      { numRuns: 500 },
    )
  })

  it('lets only replies win that are alike pair by pair', () => {
    // Each step is within the tolerance of 0.5; the whole chain is not.
    const verdict = judgeTexts(['1.0', '1.4', '1.8'], numeric(500_000_000))
    assert.equal(verdict.status === 'agreed' && verdict.agreed, 2)
  })

  it('counts silence against a majority', () => {
    assert.equal(judgeTexts(['42'], exact, 3).status, 'no-majority')
    assert.equal(judgeTexts(['42', '42'], exact, 4).status, 'no-majority')
    assert.equal(judgeTexts(['42', '42'], exact, 3).status, 'agreed')
    assert.equal(judgeTexts([], exact, 1).status, 'no-majority')
    assert.equal(judgeTexts(['a', 'a', 'b', 'b'], exact, 3).status, 'no-majority')
  })

  it('counts one reply per peer', () => {
    const replies = [replyOf('wrong', 0), replyOf('wrong', 0), replyOf('right', 1), replyOf('right', 2)]
    const verdict = judge({ comparator: exact, replicas: 3, replies, seed: SEED })
    assert.equal(verdict.status === 'agreed' && verdict.agreed, 2)
    const equivocal = [replyOf('a', 0), replyOf('b', 0), replyOf('a', 1), replyOf('b', 2)]
    assert.deepEqual(
      judge({ comparator: exact, replicas: 3, replies: equivocal, seed: SEED }),
      judge({ comparator: exact, replicas: 3, replies: [...equivocal].reverse(), seed: SEED }),
    )
  })

  it('takes as result the reply that is closest to the others', () => {
    const of = (texts: readonly string[], comparator: Comparator) => {
      const verdict = judgeTexts(texts, comparator)
      return verdict.status === 'agreed' ? verdict.representative : verdict.status
    }
    assert.equal(of(['10.0', '10.3', '10.5', '99'], numeric(500_000_000)), keyOf(1))
    const texts = ['the cat sat on the mat today', 'the cat sat on the mat', 'a cat sat on the mat']
    assert.equal(of(texts, semantic(500_000)), keyOf(1))
  })

  it('breaks ties by the seed, not by the key', () => {
    const winners = new Set<string>()
    for (let i = 0; i < 64; i++) {
      const seed = sha256(utf8(`${i}`))
      const verdict = judge({ comparator: exact, replicas: 3, replies: ['1', '1', '1'].map(replyOf), seed })
      if (verdict.status === 'agreed') winners.add(verdict.representative)
    }
    assert.equal(winners.size, 3)
  })

  it('compares by digest what it cannot compare by content', () => {
    const long = 'x'.repeat(limits.comparableOutputBytes)
    for (const comparator of [numeric(10), semantic(1)]) {
      assert.equal(judgeTexts([`${long}1`, `${long}1`], comparator).status, 'agreed')
      assert.equal(judgeTexts([`${long} 1`, `${long} 1.0`], comparator).status, 'no-majority')
    }
    const bare = ['1', '1', '1.0'].map(replyOf).map(({ peer, digest }) => ({ peer, digest }))
    const verdict = judge({ comparator: numeric(10), replicas: 3, replies: bare, seed: SEED })
    assert.equal(verdict.status === 'agreed' && verdict.agreed, 2)
  })
})
