// npm run sim:seeds, npm run sim:soak: the built simulator with the given options, on this terminal.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'

await build()
const program = fileURLToPath(new URL('../dist/sim.js', import.meta.url))
// Ctrl-C reaches the child as well: it writes what there is.
process.on('SIGINT', () => undefined)
const child = spawn(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' })
child.on('exit', (code) => {
  process.exitCode = code ?? 130
})
