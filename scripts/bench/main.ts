/**
 * npm run bench [-- name ...] [--json]: runs the named benchmarks (all without a name) and prints each row once it is
 * measured, or one JSON document.
 */
import type { Row } from './row.ts'

const suites: Readonly<Record<string, () => Promise<{ rows(): Promise<Row[]> | AsyncIterable<Row> }>>> = {
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
    const rows: Row[] = []
    all[name] = rows
    if (!json) process.stdout.write(`\n${name}\n`)
    for await (const row of (await suite?.rows()) ?? []) {
      rows.push(row)
      if (!json) print(row)
    }
  }
  if (json) process.stdout.write(`${JSON.stringify({ schemaVersion: 1, node: process.version, suites: all })}\n`)
  process.exit(0)
}

function print({ what, value, unit, spread, baseline, ratio, goal, met, note }: Row): void {
  const verdict = goal === 0 ? '' : `  goal ${goal}: ${met ? 'met' : 'MISSED'}`
  const figures = `${value} ${unit}  (spread ${spread || '-'})  baseline ${baseline}  ratio ${ratio}${verdict}`
  process.stdout.write(
    `  ${what}\n    ${Number.isNaN(value) ? '-' : figures}\n${note === undefined ? '' : `    ${note}\n`}`,
  )
}
