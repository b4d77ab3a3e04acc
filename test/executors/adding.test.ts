/**
 * Keeps `node/adapters/executors/README.md` true: an engine is its folder, its entry in the catalogue and its samples,
 * and nothing else.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import { engines } from '#node/adapters/executors/catalogue.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const EXECUTORS = 'node/adapters/executors'

/** An engine that echoes. The three places are those of the README. */
const ECHO = {
  [`${EXECUTORS}/echo/params.ts`]: `
import { z } from 'zod'
import { defineParams } from '../kit/params.ts'
export const echoParams = defineParams({
  engine: 'echo',
  takes: 'words',
  schema: z.strictObject({ words: z.array(z.string(), { error: 'must be a list of strings' }) }),
  resolve: (given) => given,
})`,
  [`${EXECUTORS}/echo/executor.ts`]: `
import type { EngineParams, Executor, Outcome, RunOptions, SelfTested, Task } from '#node/ports/executor.ts'
import { Collector } from '../kit/collector.ts'
import { ABORTED, refused, stopped } from '../kit/outcomes.ts'
import { echoParams } from './params.ts'
export class EchoExecutor implements Executor {
  readonly engine = 'echo'
  #stopped = false
  async selfTest(): Promise<SelfTested> {
    return { version: '1', models: [], gpuMemoryBytes: 0 }
  }
  async run(task: Task, { signal, onOutput }: RunOptions): Promise<Outcome> {
    const params = echoParams.read(task.engine.params, [])
    if (typeof params === 'string') return refused(params)
    if (this.#stopped) return stopped(this.engine)
    if (signal.aborted) return ABORTED
    const printed = new Collector(task.limits.outputBytes, onOutput)
    printed.add('stdout', Buffer.from(params.words.join(' ')))
    return { status: 'done', ...printed.all(), files: [], meterMs: 1 }
  }
  validate(params: EngineParams, paths: readonly string[]): string | undefined {
    return echoParams.problem(params, paths)
  }
  async stop(): Promise<void> {
    this.#stopped = true
  }
}`,
  [`${EXECUTORS}/echo/child.ts`]: '',
  'test/executors/samples/echo.ts': `
import type { Samples } from '#test/compliance/executor.ts'
const none = { cannot: 'echo runs no program' }
export const samples: Samples = {
  prints: { params: { words: ['a', 'b'] }, stdout: 'a b' },
  fails: none,
  endless: none,
  flood: none,
  file: none,
  refused: [{}, { words: 'a' }],
}`,
}
const ENTRY = `{
    name: 'echo',
    params: (await import('./echo/params.ts')).echoParams,
    auto: false,
    selfTest: { timeMs: 1_000 },
    load: async () => new (await import('./echo/executor.ts')).EchoExecutor(),
  },
]
`

describe('adding an engine', function () {
  this.timeout(120_000)
  const copy = mkdtempSync(join(tmpdir(), 'weft-engine-'))
  before(() => {
    for (const folder of [EXECUTORS, 'node/core', 'node/ports', 'protocol', 'test/executors', 'test/compliance'])
      cpSync(join(ROOT, folder), join(copy, folder), { recursive: true })
    for (const file of ['package.json', 'tsconfig.json']) cpSync(join(ROOT, file), join(copy, file))
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction')
  })
  after(() => rmSync(copy, { recursive: true, force: true }))

  it('fails its test as long as it has no samples', async () => {
    const catalogue = join(copy, EXECUTORS, 'catalogue.ts')
    const before = readFileSync(catalogue, 'utf8')
    const after = before.replace(/\n\]\n/, () => `\n  ${ENTRY}`)
    assert.notEqual(after, before)
    writeFileSync(catalogue, after)
    mkdirSync(join(copy, EXECUTORS, 'echo'))
    for (const [path, body] of Object.entries(ECHO))
      if (path.startsWith(EXECUTORS)) writeFileSync(join(copy, path), body)
    const { code, said } = await compliance(copy, 'echo')
    assert.notEqual(code, 0)
    assert.match(said, /test\/executors\/samples\/echo\.ts is missing/)
  })

  it('takes its folder, its entry in the catalogue and its samples', async () => {
    for (const [path, body] of Object.entries(ECHO))
      if (!path.startsWith(EXECUTORS)) writeFileSync(join(copy, path), body)
    const { code, said } = await compliance(copy, 'echo')
    assert.equal(code, 0, said)
    assert.match(said, /1[0-9] passing/)
  })

  it('builds its programs without a word to the build', async () => {
    const build = new URL('../../scripts/build.mjs', import.meta.url).href
    const { enginePrograms }: { enginePrograms: (root: string) => Record<string, string> } = await import(build)
    assert.equal(enginePrograms(copy)['echo-child'], `${EXECUTORS}/echo/child.ts`)
  })

  it('needs no other place, for none names an engine', () => {
    const literals = engines.map(({ name }) => new RegExp(`['"]${name}['"]`))
    const sources = ['node', 'protocol'].flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
        posix.join(folder, path.replaceAll('\\', '/')),
      ),
    )
    // The API's examples name some.
    const mayName = (path: string): boolean =>
      path.startsWith('node/api/') || (path.startsWith(EXECUTORS) && !path.startsWith(`${EXECUTORS}/kit/`))
    const naming = sources
      .filter((path) => path.endsWith('.ts') && !mayName(path))
      .filter((path) => literals.some((literal) => literal.test(readFileSync(join(ROOT, path), 'utf8'))))
    assert.deepEqual(naming, [])
  })
})

/** Runs the compliance suite of one engine in `folder`. */
async function compliance(folder: string, engine: string): Promise<{ code: unknown; said: string }> {
  const mocha = join(ROOT, 'node_modules', 'mocha', 'bin', 'mocha.js')
  const args = ['--no-config', '--node-option', 'import=tsx', '--extension', 'ts', '--grep', engine]
  const child = spawn(process.execPath, [mocha, ...args, 'test/executors/compliance.test.ts'], { cwd: folder })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)))
  const [code] = await once(child, 'close')
  return { code, said }
}
