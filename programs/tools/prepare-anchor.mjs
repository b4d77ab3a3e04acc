/**
 * Makes `programs/vendor/anchor-lang`: the published crate without the two dependencies and the test targets that need std.
 * The copy is never committed. Run with Node and cargo; downloads through cargo.
 */
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const VERSION = '2.0.0-rc.2'

/** Writes the copy unless it is there. Throws if the published crate no longer looks as the edits expect. */
export function prepareAnchor() {
  const target = fileURLToPath(new URL('../vendor/anchor-lang', import.meta.url))
  if (existsSync(target)) return
  fetchCrate()
  cpSync(findCrate(), target, { recursive: true })
  rmSync(join(target, 'tests'), { recursive: true, force: true })
  for (const name of ['Cargo.lock', 'Cargo.toml.orig']) rmSync(join(target, name), { force: true })
  edit(join(target, 'Cargo.toml'), [
    [/\[\[test\]\]\n(?:[^[\n][^\n]*\n|\n)*/g, ''],
    [/\[dependencies\.solana-(?:system-interface|sysvar)\]\n(?:[^[\n][^\n]*\n|\n)*/g, ''],
    [
      '[dependencies.wincode]\nversion = "0.6"\nfeatures = ["derive"]',
      '[dependencies.wincode]\nversion = "0.6"\nfeatures = ["derive", "alloc"]\ndefault-features = false',
    ],
  ])
  edit(join(target, 'src/lib.rs'), [
    ['    pub use solana_system_interface::instruction as system_instruction;\n', ''],
    ['pub use solana_sysvar::rent::*;', 'pub use pinocchio::sysvars::rent::*;'],
  ])
}

/** Asks cargo for the crate through an empty package that depends on it. */
function fetchCrate() {
  const scratch = mkdtempSync(join(tmpdir(), 'weft-anchor-'))
  try {
    mkdirSync(join(scratch, 'src'))
    writeFileSync(join(scratch, 'src/lib.rs'), '')
    const manifest = `[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2021"\n[dependencies]\nanchor-lang = "=${VERSION}"\n[workspace]\n`
    writeFileSync(join(scratch, 'Cargo.toml'), manifest)
    execFileSync('cargo', ['fetch', '-q'], { cwd: scratch, stdio: 'inherit' })
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

function findCrate() {
  const sources = join(process.env['CARGO_HOME'] ?? join(homedir(), '.cargo'), 'registry/src')
  const found = readdirSync(sources)
    .map((index) => join(sources, index, `anchor-lang-${VERSION}`))
    .find(existsSync)
  if (found === undefined) throw new Error(`cargo did not fetch anchor-lang ${VERSION}`)
  return found
}

function edit(file, replacements) {
  let text = readFileSync(file, 'utf8')
  for (const [from, to] of replacements) {
    const next = text.replace(from, to)
    if (next === text) throw new Error(`${file} changed: look at the edits again (${from})`)
    text = next
  }
  writeFileSync(file, text)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) prepareAnchor()
