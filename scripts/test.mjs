// npm test: sets up, builds, runs every test, and ends with the line `N passed, N failed`. Arguments: spec files or
// globs.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
await build()

const folder = mkdtempSync(join(tmpdir(), 'weft-test-'))
const specs = process.argv.slice(2)
/** Pure and in-process suites first, two files at a time; then those with real processes, one by one. */
const suites = specs.length > 0 ? [specs] : [['test/**/*.test.ts'], ['test/e2e/**/*.test.ts']]
let passed = 0
let failed = 0
let skipped = 0
const failures = []

for (const [index, suite] of suites.entries()) {
  const report = join(folder, `${index}.json`)
  const inProcess = index === 0 && specs.length === 0
  const ignored = inProcess ? ['--ignore', 'test/e2e/**', '--ignore', 'test/interop/**'] : []
  const mocha = join(root, 'node_modules', 'mocha', 'bin', 'mocha.js')
  const args = [
    mocha,
    '--no-config',
    '--node-option',
    'import=tsx',
    '--extension',
    'ts',
    '--timeout',
    '60000',
    ...ignored,
    ...(inProcess ? ['--parallel', '--jobs', '2'] : []),
  ]
  args.push('--reporter', join(root, 'scripts', 'test-reporter.cjs'), '--reporter-option', `output=${report}`, ...suite)
  const code = await run(args)
  const result = read(report)
  passed += result.passed
  failed += result.failed + (code !== 0 && result.failed === 0 ? 1 : 0)
  skipped += result.skipped.length
  failures.push(...result.failures)
  for (const name of result.skipped) console.log(`skipped: ${name}`)
  if (code !== 0 && result.failed === 0) failures.push(`mocha ended with status ${code} and reported no failed test`)
}
rmSync(folder, { recursive: true, force: true })
for (const failure of failures) console.log(`failed: ${failure}`)
if (skipped > 0) console.log(`${skipped} skipped`)
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

function run(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, NODE_ENV: 'test' },
    })
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

function read(report) {
  try {
    return JSON.parse(readFileSync(report, 'utf8'))
  } catch {
    return { passed: 0, failed: 0, skipped: [], failures: [] }
  }
}
