/** npm run bench [-- name ...] [--json]: runs the named benchmarks (all without a name) and prints their rows, or one JSON document. */
import type { Row } from './row.ts'

const suites: Readonly<Record<string, () => Promise<{ rows(): Promise<Row[]> }>>> = {
  placement: () => import('./placement.ts'),
  network: () => import('./network.ts'),
  jobs: () => import('./jobs.ts'),
  daemon: () => import('./daemon.ts'),
  chain: () => import('./chain.ts'),
  sim: () => import('./sim.ts'),
  'local-chain': () => import('./local-chain.ts'),
}

const words = process.argv.slice(2)
const json = words.includes('--json')
const names = words.filter((word) => !word.startsWith('--'))
const unknown = names.filter((name) => suites[name] === undefined)

if (unknown.length > 0) {
  process.stderr.write(
    `weft: no benchmark is called ${unknown.join(', ')}; known are ${Object.keys(suites).join(', ')}\n`,
  )
  process.exitCode = 2
} else {
  const all: Record<string, Row[]> = {}
  for (const name of names.length > 0 ? names : Object.keys(suites)) {
    const suite = await suites[name]?.()
    const rows = (await suite?.rows()) ?? []
    all[name] = rows
    if (!json) print(name, rows)
  }
  if (json) process.stdout.write(`${JSON.stringify({ schemaVersion: 1, node: process.version, suites: all })}\n`)
  process.exit(0)
}

function print(name: string, rows: readonly Row[]): void {
  process.stdout.write(`\n${name}\n`)
  for (const row of rows) {
    const goal = row.goal === 0 ? '' : `  goal ${row.goal}: ${row.met ? 'met' : 'MISSED'}`
    process.stdout.write(
      `  ${row.what}\n    ${row.value} ${row.unit}  (spread ${row.spread || '-'})  baseline ${row.baseline}  ratio ${row.ratio}${goal}\n`,
    )
  }
}
