import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../../', import.meta.url)

interface Mutant {
  readonly name: string
  readonly file: string
  readonly find: string
}

describe('the known bugs', () => {
  it('can be put in: the text of each stands exactly once where it is to go', async () => {
    const { mutants }: { mutants: readonly Mutant[] } = await import(new URL('scripts/mutants-list.mjs', root).href)
    assert.ok(mutants.length >= 30)
    assert.equal(new Set(mutants.map(({ name }) => name)).size, mutants.length)
    for (const { name, file, find } of mutants) {
      const text = readFileSync(fileURLToPath(new URL(file, root)), 'utf8')
      assert.equal(text.split(find).length - 1, 1, `${name}: ${file}`)
    }
  })
})
