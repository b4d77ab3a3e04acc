/** What comparing may cost: counted, so that the largest results that are compared by content are the same everywhere. */
import assert from 'node:assert/strict'
import type { Comparator } from '#protocol/job/spec.ts'
import { limits } from '#protocol/limits.ts'
import { judge } from '#protocol/verification/judge.ts'
import type { Reply } from '#protocol/verification/reply.ts'
import { sha256, toHex, utf8 } from '#protocol/wire/hash.ts'

/** CPU time that no call may take on any machine that runs the tests: ten times what it takes on a common one. */
const CPU_MS_MAX = 250

/** What the i-th piece of replica r's output is: all replicas' agree under the tolerances below. */
const KINDS: Record<string, (r: number, i: number) => string> = {
  'short numbers': (r, i) => `${(i + r) % 10} `,
  'decimal fractions': (r, i) => `${((i % 1_000) + 0.123456789 * (i % 7) + r * 1e-6).toFixed(15)},`,
  'numbers of eight digits': (r, i) => `${12_345_678 + (i % 9) + r} `,
  'huge numbers': (r, i) => `${(i + r) % 10}e400 `,
  'numbers of 64 digits': (r) => `${'9'.repeat(63)}${r} `,
  'number words': (r, i) => (i === 0 ? `${r} ` : '1.2.3.4-5 '),
  words: (r, i) => (i === 0 ? `${r} ` : 'the quick brown fox jumps over the lazy dog '),
  letters: (r, i) => (i === 0 ? `${r} ` : 'a '),
}
const COMPARATORS: readonly Comparator[] = [
  { type: 'numeric', absoluteNano: Number.MAX_SAFE_INTEGER, relativePpm: 1_000_000 },
  { type: 'semantic', thresholdPpm: 100_000 },
]

describe('comparing', function () {
  this.timeout(120_000)

  for (const comparator of COMPARATORS) {
    for (const replicas of [3, 9]) {
      it(`by content is bounded: ${comparator.type}, ${replicas} replicas`, () => {
        for (const [kind, piece] of Object.entries(KINDS)) {
          const agree = (bytes: number): boolean =>
            verdictOf(comparator, repliesOf(replicas, bytes, piece)) === 'agreed'
          assert.ok(agree(32), `${kind}: small outputs are compared by content`)
          const most = Math.min(limits.comparableOutputBytes, largest(agree))
          const replies = repliesOf(replicas, most, piece)
          const before = process.cpuUsage().user
          verdictOf(comparator, replies)
          const cpuMs = (process.cpuUsage().user - before) / 1_000
          if (process.env['WEFT_PRINT'] === '1')
            console.log(`      ${kind}: ${replicas} x ${Math.floor(most / 1_024)} KiB, ${cpuMs.toFixed(1)} ms of CPU`)
          assert.ok(cpuMs < CPU_MS_MAX, `${kind}: ${cpuMs} ms`)
        }
      })

      it(`takes no longer beyond the bound: ${comparator.type}, ${replicas} replicas of a MiB`, () => {
        for (const kind of ['short numbers', 'numbers of eight digits', 'letters']) {
          const replies = repliesOf(replicas, limits.comparableOutputBytes, KINDS[kind] ?? (() => ' '))
          const before = process.cpuUsage().user
          assert.equal(verdictOf(comparator, replies), 'no-majority', kind)
          assert.ok((process.cpuUsage().user - before) / 1_000 < CPU_MS_MAX, kind)
        }
      })
    }
  }

  it('by digest is what is left beyond the bound, the same for every order', () => {
    for (const comparator of COMPARATORS) {
      const [a, b, c] = repliesOf(3, limits.comparableOutputBytes, (r, i) => `${(i + r) % 10} `)
      assert.ok(a && b && c)
      const twin = { ...c, peer: b.peer, digest: c.digest }
      assert.equal(verdictOf(comparator, [a, twin, c]), 'agreed')
      assert.equal(verdictOf(comparator, [c, twin, a]), 'agreed')
      assert.equal(verdictOf(comparator, [a, b, c]), 'no-majority')
    }
  })
})

function verdictOf(comparator: Comparator, replies: readonly Reply[]): string {
  return judge({ comparator, replicas: replies.length, replies, seed: new Uint8Array(32) }).status
}

function repliesOf(replicas: number, bytes: number, piece: (r: number, i: number) => string): Reply[] {
  return Array.from({ length: replicas }, (_, r) => {
    let text = ''
    for (let i = 0; text.length < bytes; i++) text += piece(r, i)
    const output = utf8(
      text
        .slice(0, bytes)
        .replace(/[^ ,]*$/, '')
        .padEnd(bytes, '!'),
    )
    return { peer: `${r}`, digest: toHex(sha256(output)), output }
  })
}

/** The largest size, within 5 %, for which `holds`. */
function largest(holds: (bytes: number) => boolean): number {
  let low = 32
  for (let high: number = limits.comparableOutputBytes; high - low > low / 20; ) {
    const middle = Math.floor((low + high) / 2)
    if (holds(middle)) low = middle
    else high = middle
  }
  return low
}
