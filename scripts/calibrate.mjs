// npm run calibrate [-- --simulated]: 20 real peers beside 20 simulated ones.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'

await build()
const program = fileURLToPath(new URL('../dist/calibrate.js', import.meta.url))
const child = spawn(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' })
child.on('exit', (code) => {
  process.exitCode = code ?? 1
})
