import assert from 'node:assert/strict'
import { readSources } from './source.ts'
import { untidy } from './tidy.ts'

const sources = readSources(['protocol', 'node', 'sim', 'programs/client', 'scripts']).filter(
  ({ path }) => !path.startsWith('programs/client/types/'),
)

describe('the code', () => {
  it('is tidy: complete switches, documented exports, short lines, named arguments', () => {
    assert.deepEqual(
      sources.flatMap(({ path }) => untidy(path)),
      [],
    )
  })

  const broken: readonly (readonly [path: string, text: string, says: RegExp])[] = [
    ['node/a.ts', `// ${'x'.repeat(120)}`, /longer than 120/],
    ['node/a.ts', 'switch (a.type) { case 1: f() }', /satisfies never/],
    ['node/a.ts', 'function f(a: string, b: number, c: string, d: boolean) { return [a, b, c, d] }', /two of one type/],
    ['protocol/a.ts', '/** The file. */\nimport "./b.ts"\n\nexport const a = 1', /without a doc comment/],
  ]
  for (const [path, text, says] of broken) {
    it(`finds ${says}`, () => {
      assert.match(untidy(path, text).join('\n'), says)
    })
  }

  it('finds nothing in what is tidy', () => {
    const text = '/** One. */\nexport const a = 1\nswitch (b) { case 1: f(); break; default: b satisfies never }'
    assert.deepEqual(untidy('protocol/a.ts', text), [])
  })
})
