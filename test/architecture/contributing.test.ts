/** Keeps CONTRIBUTING.md true: adds one of each thing in exactly the files that it lists, and then with one of them left out. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Compiler } from './compiler.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

interface Edit {
  readonly file: string
  /** Stands in the file once; what is added comes right behind it. */
  readonly behind: string
  readonly added: string
}

interface Recipe {
  /** As the table says it. */
  readonly what: string
  readonly filesMax: number
  readonly edits: readonly Edit[]
}

const recipes: readonly Recipe[] = [
  { what: 'an engine', filesMax: 3, edits: [] },
  {
    what: 'a message between peers',
    filesMax: 3,
    edits: [
      {
        file: 'protocol/messages/blobs.ts',
        behind: 'export const blobMessages = [',
        added:
          "{ schema: z.strictObject({ type: z.literal('added'), cid }), from: 'peer', to: 'peer', meaning: 'added' },",
      },
      {
        file: 'node/core/dispatch-frame.ts',
        behind: "const handlers: { readonly [T in Frame['type']]: Handler<T> } = {",
        added: 'added: ({ blobs }, _from, { cid }) => void blobs.has(cid),',
      },
    ],
  },
  {
    what: 'a route of the API',
    filesMax: 2,
    edits: [
      {
        file: 'node/api/network.ts',
        behind: 'export const networkRoutes = {',
        added:
          "added: route({ method: 'GET', path: '/api/v1/added', summary: '', status: 200, answer: z.object({ n: int }), errors: [], example: { answer: { n: 1 } } }),",
      },
      {
        file: 'node/gateway/handlers/network.ts',
        behind: 'return {\n    status: () => peer.info(),',
        added: 'added: () => ({ n: peer.peers().length }),',
      },
    ],
  },
  {
    what: 'a term of the placement score',
    filesMax: 2,
    edits: [
      {
        file: 'protocol/placement/policies.ts',
        behind: 'export interface PolicyWeights {',
        added: 'readonly added: number',
      },
      ...['price: 2, finish: 2,', 'price: 16, finish: 1,', 'price: 1, finish: 16,', 'price: 0, finish: 0,'].map(
        (behind) => ({
          file: 'protocol/placement/policies.ts',
          behind,
          added: 'added: 1,',
        }),
      ),
      {
        file: 'protocol/placement/score.ts',
        behind: 'return weights.price * price +',
        added: 'weights.added * load +',
      },
    ],
  },
  {
    what: 'an error code',
    filesMax: 1,
    edits: [
      {
        file: 'protocol/errors.ts',
        behind: 'export const errorCodes = {',
        added: "ADDED: { status: 400, exit: 1, means: 'added', next: 'add' },",
      },
    ],
  },
]

describe('CONTRIBUTING.md', function () {
  this.timeout(240_000)
  const rows = readRows()
  const compiler = new Compiler([
    'node/cli/main.ts',
    'node/cli/peer/up.ts',
    'node/gateway/server.ts',
    'sim/main.ts',
    'node/adapters/executors/kit/wasi/webassembly.d.ts',
  ])
  const errorsIn = (edits: readonly Edit[]): string[] =>
    ['protocol/', 'node/'].flatMap((folder) => compiler.errors(folder, changedBy(edits)))

  it('has a row for each thing, with files that exist', () => {
    assert.deepEqual(
      [...rows.keys()],
      recipes.map(({ what }) => what),
    )
    for (const path of [...rows.values()].flat())
      assert.ok(existsSync(join(ROOT, path.replace(/<.*/, ''))), `${path} is not there`)
  })

  it('describes code that compiles', () => {
    assert.deepEqual(errorsIn([]), [])
  })

  it('describes code in which every switch over a union is complete', () => {
    assert.deepEqual(compiler.incompleteSwitches(['node/', 'protocol/', 'sim/']), [])
  })

  for (const { what, filesMax, edits } of recipes) {
    it(`${what} takes at most ${filesMax} files, and those are listed`, () => {
      const listed = rows.get(what) ?? []
      assert.ok(listed.length <= filesMax, `${listed.length} files are listed`)
      const missing = edits.filter(({ file }) => !listed.some((path) => pattern(path).test(file)))
      assert.deepEqual(missing, [])
    })
    if (edits.length === 0) continue
    it(`${what} compiles with them`, () => {
      assert.deepEqual(errorsIn(edits), [])
    })
    const files = [...new Set(edits.map(({ file }) => file))]
    // The score compiles without its new summand: a weight of nothing is no contradiction.
    for (const file of files.slice(1).filter((path) => !path.endsWith('score.ts'))) {
      it(`${what} does not compile without ${file}`, () => {
        assert.notDeepEqual(errorsIn(edits.filter((edit) => edit.file !== file)), [])
      })
    }
  }
})

/** The paths in each row of the table. */
function readRows(): Map<string, string[]> {
  const text = readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8')
  const rows = new Map<string, string[]>()
  for (const [, what = '', where = ''] of text.matchAll(/^\| (an? [^|]+) \| ([^|]+) \|$/gm))
    rows.set(
      what,
      [...where.matchAll(/`([^`]+)`/g)].map(([, path = '']) => path),
    )
  return rows
}

function pattern(path: string): RegExp {
  return new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/<\w+>/g, '[\\w-]+')}`)
}

function changedBy(edits: readonly Edit[]): Map<string, string> {
  const changed = new Map<string, string>()
  for (const { file, behind, added } of edits) {
    const text = changed.get(file) ?? readFileSync(join(ROOT, file), 'utf8')
    assert.equal(text.split(behind).length, 2, `"${behind}" does not stand in ${file} once`)
    changed.set(
      file,
      text.replace(behind, () => `${behind}\n${added}`),
    )
  }
  return changed
}
