import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { gone } from '../executors/world.ts'
import { HELLO, type RunningWeft, startWeft } from './world.ts'

const LOCAL = ['--listen', '/ip4/127.0.0.1/tcp/0', '--port', '0', '--no-mdns', '--log-level', 'silent']

/** The first `count` lines of stdout, parsed. */
async function jsonLines(running: RunningWeft, count: number): Promise<Record<string, unknown>[]> {
  const lines: Record<string, unknown>[] = []
  if (running.child.stdout === null) throw new Error('no stdout')
  for await (const line of createInterface({ input: running.child.stdout })) {
    lines.push(JSON.parse(line) as Record<string, unknown>)
    if (lines.length === count) return lines
  }
  throw new Error((await running.ended).stderr)
}

describe('daemons', function () {
  this.timeout(120_000)
  let home: string
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'weft-daemon-'))
  })
  afterEach(() => rm(home, { recursive: true, force: true }))

  it('make their home on the first run, refuse a second daemon, and stop cleanly', async () => {
    const running = startWeft(home, ['up', ...LOCAL, '--ready-json'])
    const [ready] = await jsonLines(running, 1)
    assert.deepEqual([ready?.['ready'], ready?.['home'], ready?.['pid']], [true, home, running.child.pid])
    for (const name of ['wallet.json', 'peer.key', 'founder.json', 'daemon.json'])
      assert.equal((await stat(join(home, name))).mode & 0o777, 0o600, name)
    const daemon = JSON.parse(await readFile(join(home, 'daemon.json'), 'utf8')) as Record<string, unknown>
    assert.deepEqual([daemon['url'], daemon['pid']], [ready?.['url'], running.child.pid])

    const second = await startWeft(home, ['up', ...LOCAL]).ended
    assert.equal(second.code, 1)
    assert.match(second.stderr, new RegExp(`DAEMON_RUNNING[\\s\\S]*pid ${running.child.pid}`))
    const port = String(ready?.['url']).split(':').at(-1) ?? ''
    const other = await startWeft(join(home, 'other'), ['up', ...LOCAL, '--port', port]).ended
    assert.match(other.stderr, new RegExp(`DAEMON_RUNNING[\\s\\S]*pid ${running.child.pid}`))

    running.child.kill('SIGTERM')
    assert.equal((await running.ended).code, 0)
    assert.equal(existsSync(join(home, 'daemon.json')), false)
  })

  it('refuse an open address without a token: exit 2', async () => {
    const { code, stderr } = await startWeft(home, ['up', ...LOCAL, '--host', '0.0.0.0']).ended
    assert.equal(code, 2)
    assert.match(stderr, /CONFIG_INVALID[\s\S]*WEFT_TOKEN/)
  })

  it('form a network with dev, run a job there, and all end with it', async () => {
    const folder = join(home, 'net')
    const dev = startWeft(home, ['dev', '--peers', '3', '--home', folder, '--json'])
    const ready = await jsonLines(dev, 3)
    assert.equal(new Set(ready.map((line) => line['peer'])).size, 3)
    const validated = await startWeft(home, ['job', 'validate', '-', '--home', folder], { stdin: HELLO }).ended
    assert.equal(validated.code, 0, validated.stderr)
    const result = await startWeft(home, ['run', '-', '--home', folder], { stdin: HELLO }).ended
    assert.deepEqual([result.code, result.stdout], [0, 'hello\n'], result.stderr)
    dev.child.kill('SIGINT')
    assert.equal((await dev.ended).code, 0)
    for (const { pid } of ready) await gone(Number(pid))
    assert.equal(existsSync(folder), false)
  })

  it('end when the process that started them is killed', async () => {
    const dev = startWeft(home, ['dev', '--peers', '2', '--home', join(home, 'net'), '--json'])
    const ready = await jsonLines(dev, 2)
    dev.child.kill('SIGKILL')
    for (const { pid } of ready) await gone(Number(pid))
  })

  it('keep a folder that is not theirs', async () => {
    const { code, stderr } = await startWeft(home, ['dev', '--peers', '1', '--home', 'test']).ended
    assert.equal(code, 2)
    assert.match(stderr, /holds other files/)
  })
})
