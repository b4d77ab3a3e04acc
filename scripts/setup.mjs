// Installs what the lock file names, once: the only set-up that a clean clone needs. Uses nothing but Node and npm.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const stamp = `${root}node_modules/.weft-setup`
const LEAST = [20, 19]

/** Makes sure that the dependencies are those of the lock file. Prints to stderr; exits the process if npm fails. */
export function setup() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < LEAST[0] || (major === LEAST[0] && minor < LEAST[1])) {
    fail(`Weft needs Node ${LEAST.join('.')} or newer; this is ${process.versions.node}.`)
  }
  const wanted = createHash('sha256')
    .update(readFileSync(`${root}package-lock.json`))
    .digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return
  process.stderr.write('weft: installing dependencies (once)\n')
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error']
  const done = spawnSync(npm, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, NODE_ENV: '' },
    shell: process.platform === 'win32',
  })
  if (done.status !== 0) fail('npm could not install the dependencies; see above. Is the network reachable?')
  writeFileSync(stamp, wanted)
}

function fail(why) {
  process.stderr.write(`weft: ${why}\n`)
  process.exit(1)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) setup()
