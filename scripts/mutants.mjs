// npm run mutants [-- name ...]: puts known bugs into the code, one at a time and never on disk, and lets the simulator's seeds find them.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { mutants } from './mutants-list.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const SEEDS = Number(process.env['WEFT_MUTANT_SEEDS'] ?? 200)
const GOAL = 0.95
const banner =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);"

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const chosen = words.length === 0 ? mutants : mutants.filter(({ name }) => words.some((word) => name.includes(word)))
const folder = mkdtempSync(join(tmpdir(), 'weft-mutants-'))
const JOBS = process.env['WEFT_MUTANT_JOBS'] ?? '2'
/** The simulator as it is. */
const sound = join(folder, 'sound.mjs')
let caught = 0
try {
  await bundle(sound, [])
  for (const mutant of chosen) {
    const startedMs = performance.now()
    const found = await hunt(mutant)
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(0)
    if (found !== undefined) caught++
    const how =
      found === undefined ? `NOT CAUGHT by ${SEEDS} seeds` : `seed ${String(found.seed).padEnd(4)} ${found.property}`
    console.log(`${found === undefined ? 'MISSED' : 'caught'}  ${mutant.name.padEnd(52)} ${how}  (${seconds} s)`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
const share = caught / Math.max(1, chosen.length)
console.log(
  `${caught} of ${chosen.length} caught (${Math.round(1000 * share) / 10} %), goal ${100 * GOAL} %: ${share >= GOAL ? 'met' : 'MISSED'}`,
)
process.exitCode = share >= GOAL ? 0 : 1

/** The first seed that finds the bug, and which property it breaks. Only what the code without the bug survives counts. */
async function hunt(mutant) {
  const program = join(folder, `${mutant.name.replace(/\W+/g, '-')}.mjs`)
  await bundle(program, [mutation(mutant)])
  for (let seed = 1; seed <= SEEDS; ) {
    const count = String(SEEDS - seed + 1)
    const many = ['--seed', String(seed), '--seeds', count, '--until-failure', '--jobs', JOBS, '--json']
    const { failures = [], errors = [] } = JSON.parse((await run([program, ...many])).stdout)
    const [first] = failures
    const found = first === undefined ? errors[0] : { seed: first.seed, property: first.violations[0].property }
    if (found === undefined) return undefined
    if ((await run([sound, '--seed', String(found.seed), '--json'])).code === 0)
      return { property: 'no-crash', ...found }
    seed = found.seed + 1
  }
  return undefined
}

function bundle(program, plugins) {
  return build({
    absWorkingDir: root,
    entryPoints: ['sim/main.ts'],
    outfile: program,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    logLevel: 'silent',
    banner: { js: banner },
    plugins,
  })
}

/** Replaces the mutant's text where it stands, which must be exactly once. */
function mutation({ name, file, find, replace }) {
  return {
    name: 'mutation',
    setup(builder) {
      builder.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (path !== join(root, file)) return undefined
        const text = readFileSync(path, 'utf8')
        if (text.split(find).length !== 2) throw new Error(`mutant "${name}": its text is not once in ${file}`)
        return { contents: text.replace(find, () => replace), loader: 'ts' }
      })
    },
  }
}

function run(args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    let stdout = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.once('error', reject)
    child.once('exit', (code) => resolve({ code, stdout }))
  })
}
