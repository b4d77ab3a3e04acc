// npm run mutants [-- name ...]: puts known bugs into the code, one at a time and never on disk, and lets the
// simulator's seeds find them.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { mutants } from './mutants-list.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
/** A bug that so many seeds do not find is missed. */
const SEEDS = Number(process.env['WEFT_MUTANT_SEEDS'] ?? 100)
/** Bugs that are hunted at a time. */
const JOBS = Number(process.env['WEFT_MUTANT_JOBS'] ?? Math.min(4, availableParallelism()))
/** A run that takes so long goes round in circles: one of a sound program takes about a second. */
const SEED_MS = 120_000
const GOAL = 0.95
const banner =
  "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);"

const words = process.argv.slice(2).filter((word) => !word.startsWith('--'))
const chosen = words.length === 0 ? mutants : mutants.filter(({ name }) => words.some((word) => name.includes(word)))
const folder = mkdtempSync(join(tmpdir(), 'weft-mutants-'))
/** The simulator as it is, and which seeds it survives. */
const sound = join(folder, 'sound.mjs')
const survived = new Map()
const waiting = [...chosen]
let caught = 0
const startedMs = performance.now()
console.log('| known bug | broken property | seed | seeds run | seconds |\n|---|---|---|---|---|')
try {
  await bundle(sound, [])
  await Promise.all(Array.from({ length: Math.max(1, JOBS) }, work))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
const share = caught / Math.max(1, chosen.length)
const percent = Math.round(1000 * share) / 10
const goal = `goal ${100 * GOAL} %: ${share >= GOAL ? 'met' : 'MISSED'}`
console.log(`\n${caught} of ${chosen.length} caught (${percent} %) in ${seconds(startedMs)} s, ${goal}`)
process.exitCode = share >= GOAL ? 0 : 1

async function work() {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = waiting.shift()) {
    const fromMs = performance.now()
    const found = await hunt(mutant)
    if (found !== undefined) caught++
    const how =
      found === undefined ? '**nothing**' : `${found.property}: ${found.detail.replaceAll('|', '/').slice(0, 110)}`
    console.log(`| ${mutant.name} | ${how} | ${found?.seed ?? ''} | ${found?.runs ?? SEEDS} | ${seconds(fromMs)} |`)
  }
}

/**
 * The first seed that finds the bug, and which property it breaks. Only what the code without the bug survives counts.
 */
async function hunt(mutant) {
  const program = join(folder, `${mutant.name.replace(/\W+/g, '-')}.mjs`)
  await bundle(program, [mutation(mutant)])
  const broken = []
  for (let runs = 0; runs < SEEDS; ) {
    const found = await run(program, [SEEDS - runs, mutant.needs ?? '', broken.join()])
    if (found.property === undefined) return undefined
    runs += found.runs ?? 1
    if (await survives(found.seed)) return { ...found, runs }
    broken.push(found.seed)
  }
  return undefined
}

/** True if nothing breaks in `seed` without the bug. */
function survives(seed) {
  const others = Array.from({ length: seed - 1 }, (_, i) => i + 1)
  const known = survived.get(seed) ?? run(sound, [1, '', others.join()]).then(({ property }) => property === undefined)
  survived.set(seed, known)
  return known
}

function bundle(program, plugins) {
  return build({
    absWorkingDir: root,
    entryPoints: ['scripts/mutants-hunt.ts'],
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

/** What a program finds; each seed that it begins is a line of its errors. */
function run(program, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [program, ...args.map(String)], { stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let seed = 0
    const giveUp = () => child.kill()
    let timer = setTimeout(giveUp, SEED_MS)
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      seed = Number(String(chunk).trim().split('\n').at(-1)) || seed
      clearTimeout(timer)
      timer = setTimeout(giveUp, SEED_MS)
    })
    child.once('error', reject)
    child.once('close', (code) => {
      clearTimeout(timer)
      if (code === 0) resolve(JSON.parse(stdout))
      else resolve({ seed, property: 'no-crash', detail: code === null ? 'the run does not end' : 'the process ended' })
    })
  })
}

function seconds(sinceMs) {
  return ((performance.now() - sinceMs) / 1000).toFixed(0)
}
