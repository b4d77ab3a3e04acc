// npm run sim:nodes [-- 20 22 24]: the same seeds on several versions of Node.js, and twice on the first, must give the
// same state hashes.
import { execFileSync, spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'

const SEEDS = Number(process.env['WEFT_SIM_SEEDS'] ?? 10)
const wanted = process.argv.slice(2).length === 0 ? ['20', '22', '24'] : process.argv.slice(2)

await build()
const program = fileURLToPath(new URL('../dist/sim.js', import.meta.url))
const nodes = wanted.map((major) => nodeOf(major))
let same = true
console.log(`| seed | state hash | ${nodes.map(({ version }) => version).join(' | ')} |`)
console.log(`|---|---|${nodes.map(() => '---|').join('')}`)
for (let seed = 1; seed <= SEEDS; seed++) {
  const first = hashOf(nodes[0], seed)
  const verdicts = nodes.map((node) => {
    const equal = hashOf(node, seed) === first
    same &&= equal
    return equal ? 'same' : 'DIFFERS'
  })
  console.log(`| ${seed} | ${first.slice(0, 16)}… | ${verdicts.join(' | ')} |`)
}
console.log(same ? '\nthe same runs everywhere' : '\nTHE RUNS DIFFER')
process.exitCode = same ? 0 : 1

/** The Node.js of a major version: this one, or the newest that npm has, installed in its cache. */
function nodeOf(major) {
  if (process.versions.node.startsWith(`${major}.`)) return { path: process.execPath, version: process.version }
  const ask = [
    'exec',
    '--yes',
    `--package=node@${major}`,
    '--',
    'node',
    '-p',
    '[process.execPath, process.version].join()',
  ]
  const answer = execFileSync('npm', ask, { cwd: tmpdir(), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const [path = '', version = ''] = answer.trim().split('\n').at(-1)?.split(',') ?? []
  if (!version.startsWith(`v${major}.`)) throw new Error(`npm gave Node.js ${version} for ${major}`)
  return { path, version }
}

/** State hash and number of events of one run. */
function hashOf({ path }, seed) {
  const { stdout, status } = spawnSync(path, [program, '--seed', String(seed), '--json'], { encoding: 'utf8' })
  if (status === 2 || status === null) throw new Error(`seed ${seed} did not run: ${stdout}`)
  const { stateHash, events } = JSON.parse(stdout)
  return `${stateHash}/${events}`
}
