/**
 * Builds the Solana programs: `node scripts/programs.mjs` writes programs/deploy/*.so, programs/idl/*.json and
 * programs/client/types/*.ts; with `--check` it writes nothing and fails if their bytes differ. Needs cargo and three Debian
 * packages (rustc-web, libstd-rust-web-dev-bpf, llvm-22-dev); without them the check is skipped and says so.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { convertIdlToCamelCase } from '@coral-xyz/anchor/dist/cjs/idl.js'
import { prepareAnchor } from '../programs/tools/prepare-anchor.mjs'

const PROGRAMS = ['node_registry', 'job_receipt', 'payment_splitter', 'mathcheck']
const root = fileURLToPath(new URL('../', import.meta.url))
const programs = join(root, 'programs')
const tools = join(programs, 'target/tools')
const llvm = process.env['LLVM'] ?? '/usr/lib/llvm-22'
const rustc = process.env['SBF_RUSTC'] ?? '/usr/bin/rustc'
const cargoHome = process.env['CARGO_HOME'] ?? join(homedir(), '.cargo')

const check = process.argv.includes('--check')
const missing = missingTools()
if (missing.length > 0) {
  console.log(`programs: skipped, not installed here: ${missing.join(', ')}`)
  process.exit(check ? 0 : 1)
}

buildTools()
prepareAnchor()
const outputs = PROGRAMS.flatMap(build)
const stale = outputs.filter(([file, bytes]) => !existsSync(file) || !readFileSync(file).equals(bytes))
for (const [file] of stale) console.log(`programs: ${check ? 'differs' : 'written'}: ${file.slice(root.length)}`)
if (check) {
  console.log(
    stale.length === 0
      ? `programs: ${outputs.length} files are what the sources build`
      : 'programs: rebuild and commit',
  )
  process.exit(stale.length === 0 ? 0 : 1)
}
for (const [file, bytes] of stale) {
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, bytes)
}

function missingTools() {
  const wanted = [
    ['cargo', () => run('cargo', ['--version'])],
    ['rustc-web', () => run(rustc, ['--version'])],
    ['libstd-rust-web-dev-bpf', () => run(rustc, ['--print', 'target-libdir', '--target', 'bpfel-unknown-none'])],
    ['llvm-22-dev', () => existsSync(join(llvm, 'include/llvm-c/Core.h')) || fail()],
  ]
  return wanted.filter(([, test]) => !succeeds(test)).map(([name]) => name)
}

/** The linker driver and the IDL tool, for this machine. */
function buildTools() {
  const env = { LLVM_SYS_221_PREFIX: llvm, RUSTFLAGS: `-L native=${llvm}/lib`, CARGO_TARGET_DIR: tools }
  for (const name of ['sbf-link', 'idl']) {
    run('cargo', ['build', '--release', '--locked', '--quiet'], {
      cwd: join(programs, 'tools', name),
      env,
      stdio: 'inherit',
    })
  }
}

/** [file, bytes] of everything that one program's sources build. */
function build(name) {
  const flags = [
    '--cfg target_os="solana" -A explicit_builtin_cfgs_in_flags -C panic=abort -C relocation-model=static -C target-cpu=v2',
    '-C link-arg=--arch=v0',
    // The bytes must not depend on where the sources lie.
    `--remap-path-prefix=${programs}=programs --remap-path-prefix=${cargoHome}=cargo`,
  ]
  const env = {
    RUSTC: rustc,
    CARGO_TARGET_BPFEL_UNKNOWN_NONE_LINKER: join(tools, 'release/sbf-link'),
    CARGO_TARGET_BPFEL_UNKNOWN_NONE_RUSTFLAGS: flags.join(' '),
  }
  const args = ['build', '--release', '--locked', '--quiet', '--target', 'bpfel-unknown-none', '-p', name]
  run('cargo', args, { cwd: programs, env, stdio: 'inherit' })
  const so = readFileSync(join(programs, `target/bpfel-unknown-none/release/lib${name}.so`))
  const idl = run(join(tools, 'release/idl'), [join(programs, 'programs', name)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
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

function run(command, args, { env = {}, ...options } = {}) {
  return execFileSync(command, args, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'ignore'],
    ...options,
  })
}

function succeeds(test) {
  try {
    test()
    return true
  } catch {
    return false
  }
}

function fail() {
  throw new Error('missing')
}
