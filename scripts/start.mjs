// npm start: sets up, builds, and runs the main job on a local network of five peers. Arguments after -- go to `weft
// demo`.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { build } from './build.mjs'

await build()
const weft = fileURLToPath(new URL('../dist/weft.js', import.meta.url))
const child = spawn(process.execPath, [weft, 'demo', ...process.argv.slice(2)], { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1)
})
