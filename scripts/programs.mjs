/**
 * Builds the Solana programs: `node scripts/programs.mjs` writes programs/deploy/*.so, programs/idl/*.json and
 * programs/client/types/*.ts; with `--check` it writes none of them and fails if their bytes differ. Needs cargo and
 * three Debian packages (rustc-web, libstd-rust-web-dev-bpf, llvm-22-dev) and installs none; without them the check is
 * skipped, and both say what is missing. Crates that are not on this machine are fetched by cargo. With `--check`, the
 * shared vectors are run on the Rust side too.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { convertIdlToCamelCase } from '@coral-xyz/anchor/dist/cjs/idl.js'
import { buildIdl, buildProgram, buildTools, missingTools, PROGRAMS, testVectors } from '../programs/tools/build.mjs'
import { prepareAnchor } from '../programs/tools/prepare-anchor.mjs'

const root = fileURLToPath(new URL('../', import.meta.url))
const programs = join(root, 'programs')
const check = process.argv.includes('--check')
const missing = missingTools()
if (missing.length > 0) {
  console.log(`programs: ${check ? 'check skipped' : 'not built'}, missing here: ${missing.join(', ')}`)
  process.exit(check ? 0 : 1)
}

buildTools()
prepareAnchor()
if (check) testVectors()
const outputs = PROGRAMS.flatMap(build)
const stale = outputs.filter(([file, bytes]) => !existsSync(file) || !readFileSync(file).equals(bytes))
for (const [file] of stale) console.log(`programs: ${check ? 'differs' : 'written'}: ${file.slice(root.length)}`)
if (stale.length === 0) console.log(`programs: ${outputs.length} files are what the sources build`)
else if (check) console.log('programs: run `node scripts/programs.mjs` and commit what it writes')
if (check) process.exit(stale.length === 0 ? 0 : 1)
for (const [file, bytes] of stale) {
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, bytes)
}

/** [file, bytes] of everything that one program's sources build. */
function build(name) {
  const so = buildProgram(programs, name)
  const idl = buildIdl(programs, name)
  return [
    [join(programs, `deploy/${name}.so`), so],
    [join(programs, `idl/${name}.json`), idl],
    [join(programs, `client/types/${name}.ts`), Buffer.from(typesOf(name, JSON.parse(idl.toString('utf8'))))],
  ]
}

/** The IDL as a value and as its own type, in the names that Anchor's client uses. */
function typesOf(name, idl) {
  const type = name.replace(/(^|_)(.)/g, (_, __, letter) => letter.toUpperCase())
  const value = `${type[0].toLowerCase()}${type.slice(1)}Idl`
  const json = JSON.stringify(convertIdlToCamelCase(idl))
  const doc = `/** The IDL of \`${name}\`, as Anchor's client names things. Written by scripts/programs.mjs. */`
  return `${doc}\nexport type ${type} = ${json}\n\nexport const ${value}: ${type} = ${json}\n`
}
