// npm run check: everything that is not a test. Format and lint, types, import rules (test/architecture), unused
// exports.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setup } from './setup.mjs'

setup()
const root = fileURLToPath(new URL('..', import.meta.url))
const bin = (name) => join(root, 'node_modules', '.bin', name)
const steps = [
  ['format and lint', bin('biome'), ['check', '--error-on-warnings', '.']],
  ['types', bin('tsc'), ['--noEmit', '-p', '.']],
  ['unused code', bin('knip'), ['--no-progress']],
]
let failed = 0
for (const [name, command, args] of steps) {
  const done = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  const ok = done.status === 0
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name}`)
  if (!ok) failed++
}
process.exitCode = failed === 0 ? 0 : 1
