// npm run attack [-- options]: five real daemons under attack, with and without beside each other.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'

await build()
const program = fileURLToPath(new URL('../dist/attack.js', import.meta.url))
const child = spawn(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' })
// Ctrl-C reaches both from a terminal; what ends this process alone is passed on.
process.on('SIGINT', () => undefined)
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('exit', (code) => {
  process.exitCode = code ?? 1
})
