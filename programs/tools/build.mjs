/** Compiles the programs with Debian's compiler and the linker driver of this folder. Installs nothing. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const PROGRAMS = ['node_registry', 'job_receipt', 'payment_splitter', 'mathcheck']

const here = fileURLToPath(new URL('./', import.meta.url))
const tools = fileURLToPath(new URL('../target/tools', import.meta.url))
const llvm = process.env['LLVM'] ?? '/usr/lib/llvm-22'
const rustc = process.env['SBF_RUSTC'] ?? '/usr/bin/rustc'
const cargoHome = process.env['CARGO_HOME'] ?? join(homedir(), '.cargo')

/** What is not installed, each with how to get it. Empty if everything is there. */
export function missingTools() {
  const wanted = [
    ['cargo', 'any Rust 1.90 or later', () => run('cargo', ['--version'])],
    ['rustc-web', 'apt-get install rustc-web', () => run(rustc, ['--version'])],
    [
      'libstd-rust-web-dev-bpf',
      'apt-get install libstd-rust-web-dev-bpf',
      () => existsSync(run(rustc, ['--print', 'target-libdir', '--target', 'bpfel-unknown-none']).toString().trim()),
    ],
    ['llvm-22-dev', 'apt-get install llvm-22-dev', () => existsSync(join(llvm, 'include/llvm-c/Core.h'))],
  ]
  return wanted.filter(([, , test]) => !succeeds(test)).map(([name, how]) => `${name} (${how})`)
}

/** The linker driver and the IDL tool, for this machine. */
export function buildTools() {
  const env = { LLVM_SYS_221_PREFIX: llvm, RUSTFLAGS: `-L native=${llvm}/lib`, CARGO_TARGET_DIR: tools }
  for (const name of ['sbf-link', 'idl'])
    run('cargo', ['build', '--release', '--locked', '--quiet'], { cwd: join(here, name), env, stdio: 'inherit' })
}

/** Runs what `weft_core` computes against `test/vectors/`; throws if it differs. */
export function testVectors() {
  run('cargo', ['test', '--quiet', '--locked', '-p', 'weft_core'], { cwd: join(here, '..'), stdio: 'inherit' })
}

/** The loadable program `name` of the workspace in the folder `programs`. The bytes do not depend on where that lies. */
export function buildProgram(programs, name) {
  const flags = [
    '--cfg target_os="solana" -A explicit_builtin_cfgs_in_flags -C panic=abort -C relocation-model=static -C target-cpu=v2',
    '-C link-arg=--arch=v0',
    `--remap-path-prefix=${programs}=programs --remap-path-prefix=${cargoHome}=cargo`,
  ]
  const env = {
    RUSTC: rustc,
    CARGO_TARGET_BPFEL_UNKNOWN_NONE_LINKER: join(tools, 'release/sbf-link'),
    CARGO_TARGET_BPFEL_UNKNOWN_NONE_RUSTFLAGS: flags.join(' '),
  }
  const args = ['build', '--release', '--locked', '--quiet', '--target', 'bpfel-unknown-none', '-p', name]
  run('cargo', args, { cwd: programs, env, stdio: ['ignore', 'inherit', 'inherit'] })
  return readFileSync(join(programs, `target/bpfel-unknown-none/release/lib${name}.so`))
}

/** The IDL of the program `name`, as JSON text, from its own idl-build test. */
export function buildIdl(programs, name) {
  try {
    return run(join(tools, 'release/idl'), [join(programs, 'programs', name)], { stdio: ['ignore', 'pipe', 'pipe'] })
  } catch (error) {
    process.stderr.write(error.stderr ?? '')
    throw error
  }
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
    return test() !== false
  } catch {
    return false
  }
}
