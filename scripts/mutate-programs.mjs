/**
 * Mutation check of the Solana programs: `node scripts/mutate-programs.mjs [--skip N] [part of a name ...]` breaks one
 * constraint at a time in a copy (not the first N), builds that program and runs the tests, which must fail. Prints a
 * table; exits 1 if a mutant survives. Needs what scripts/programs.mjs needs; about half a minute for each mutant.
 * Fuzzing is left out: examples must catch these.
 */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { buildProgram, buildTools, missingTools, PROGRAMS } from '../programs/tools/build.mjs'
import { prepareAnchor } from '../programs/tools/prepare-anchor.mjs'
import { mutants } from '../test/programs/mutants.mjs'

const root = fileURLToPath(new URL('../', import.meta.url))
const COPIED = ['programs', 'protocol', 'node', 'test', 'package.json', 'tsconfig.json']
const TESTS = ['settle', 'money', 'substitution', 'registry'].map((name) => `test/programs/${name}.test.ts`)
const MOCHA = ['--no-config', '--node-option', 'import=tsx', '--bail', '--reporter', 'dot', '--timeout', '60000']

const missing = missingTools()
if (missing.length > 0) {
  console.log(`mutants: skipped, missing here: ${missing.join(', ')}`)
  process.exit(0)
}
const { values, positionals: words } = parseArgs({ allowPositionals: true, options: { skip: { type: 'string' } } })
const chosen = mutants
  .slice(Number(values.skip ?? 0))
  .filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
buildTools()
prepareAnchor()
const copy = mkdtempSync(join(tmpdir(), 'weft-mutants-'))
try {
  for (const name of COPIED)
    cpSync(join(root, name), join(copy, name), { recursive: true, filter: (path) => !path.endsWith('/target') })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  for (const program of PROGRAMS) if (program !== 'mathcheck') deploy(program)
  if (testsFail()) throw new Error('the tests fail without a mutation')
  const survivors = chosen.filter((mutant) => survives(mutant))
  console.log(`mutants: ${chosen.length - survivors.length} of ${chosen.length} killed`)
  for (const { name } of survivors) console.log(`mutants: survived: ${name}`)
  process.exitCode = survivors.length === 0 ? 0 : 1
} finally {
  rmSync(copy, { recursive: true, force: true })
}

function survives({ name, file, from, to }) {
  const path = join(copy, 'programs', file)
  const text = readFileSync(path, 'utf8')
  if (text.split(from).length !== 2) throw new Error(`${name}: ${file} does not have exactly one: ${from}`)
  const affected = file.startsWith('programs/') ? [file.split('/')[1]] : PROGRAMS.filter((one) => one !== 'mathcheck')
  const before = affected.map((program) => [program, readFileSync(elf(program))])
  writeFileSync(
    path,
    text.replace(from, () => to),
  )
  try {
    for (const program of affected) deploy(program)
    const failed = testsFail(likely(file))
    console.log(`${failed === undefined ? 'SURVIVED' : 'killed  '} ${name}${failed ? `: ${failed}` : ''}`)
    return failed === undefined
  } finally {
    writeFileSync(path, text)
    for (const [program, bytes] of before) writeFileSync(elf(program), bytes)
  }
}

function deploy(program) {
  writeFileSync(elf(program), buildProgram(join(copy, 'programs'), program))
}

function elf(program) {
  return join(copy, 'programs', 'deploy', `${program}.so`)
}

/** The part of the tests that most likely notices a change of `file`. */
function likely(file) {
  if (file.includes('settle')) return 'settle'
  return file.includes('node_registry') ? 'registry' : 'money'
}

/** The title of the first test that fails, or undefined if all pass; those named `first` come before the others. */
function testsFail(first = '') {
  const mocha = join(root, 'node_modules/mocha/bin/mocha.js')
  const tests = TESTS.toSorted((a, b) => Number(b.includes(first)) - Number(a.includes(first)))
  const done = spawnSync(process.execPath, [mocha, ...MOCHA, ...tests], { cwd: copy, encoding: 'utf8' })
  if (done.status === 0) return undefined
  const title = /1\) ([\s\S]*?):\n/.exec(done.stdout)
  return title === null ? 'the tests did not run' : title[1].replaceAll(/\s+/g, ' ').trim()
}
