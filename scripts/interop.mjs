// Builds the Go peer and runs the interoperability tests: `node scripts/interop.mjs`. Says why and succeeds where Go is
// not installed or its modules cannot be had.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const run = (command, args, options = {}) =>
  spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options }).status ?? 1

if (run('go', ['version']) !== 0) {
  console.log('interop: skipped, Go is not installed')
  process.exit(0)
}
if (run('go', ['mod', 'download'], { cwd: `${root}test/interop/go` }) !== 0) {
  console.log('interop: skipped, the Go modules cannot be fetched')
  process.exit(0)
}
const mocha = [
  '--import=tsx',
  'node_modules/mocha/lib/cli/cli.js',
  '--no-config',
  '--timeout',
  '600000',
  '--extension',
  'ts',
]
process.exit(run(process.execPath, [...mocha, 'test/interop/interop.test.ts']))
