// npm run check: everything that is not a test of behaviour. Format and lint, types, unused exports, and the rules of
// test/architecture: who imports whom, and tidiness.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setup } from './setup.mjs'

setup()
const root = fileURLToPath(new URL('..', import.meta.url))
const bin = (name) => join(root, 'node_modules', '.bin', name)
const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js')
/** As scripts/test.mjs starts it. */
const mochaOptions = ['--no-config', '--node-option', 'import=tsx', '--extension', 'ts', '--timeout', '60000']
const architecture = ['imports', 'tidy'].map((name) => join('test', 'architecture', `${name}.test.ts`))
const steps = [
  ['format and lint', bin('biome'), ['check', '--error-on-warnings', '.']],
  ['types', bin('tsc'), ['--noEmit', '-p', '.']],
  ['unused code', bin('knip'), ['--no-progress']],
  ['imports and tidiness', process.execPath, [mocha, ...mochaOptions, ...architecture]],
]
let failed = 0
for (const [name, command, args] of steps) {
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  const ok = done.status === 0
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}`)
  if (!ok) failed++
}
process.exitCode = failed === 0 ? 0 : 1
