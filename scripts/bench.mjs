// npm run bench [-- name ...] [--json]: every benchmark prints its baseline in the same run.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'

await build()
const bench = fileURLToPath(new URL('../dist/bench.js', import.meta.url))
const child = spawn(process.execPath, [bench, ...process.argv.slice(2)], { stdio: 'inherit' })
child.on('exit', (code) => {
  process.exitCode = code ?? 1
})
