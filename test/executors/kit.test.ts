import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Collector } from '#node/adapters/executors/kit/collector.ts'
import { Deadline } from '#node/adapters/executors/kit/deadline.ts'
import { killGroup, killTree, OWN_GROUP } from '#node/adapters/executors/kit/kill-tree.ts'
import { gone, text } from './world.ts'

/** A process that starts another one, says its id, and then waits or ends. */
const parent = (then: string): string => `
const { spawn } = require('node:child_process')
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
child.unref()
process.stdout.write(String(child.pid) + '\\n', () => { ${then} })`

describe('what every engine is made of', function () {
  this.timeout(60_000)

  it('kills a process and what it started', async function () {
    if (process.platform === 'win32') this.skip()
    const child = spawn(process.execPath, ['-e', parent('setInterval(() => {}, 1000)')], OWN_GROUP)
    const [said]: unknown[] = await once(child.stdout, 'data')
    killTree(child)
    await once(child, 'exit')
    await gone(Number(String(said)))
    killTree(child)
  })

  it('kills what a process left behind that ended by itself', async function () {
    if (process.platform === 'win32') this.skip()
    const child = spawn(process.execPath, ['-e', parent('process.exit()')], OWN_GROUP)
    const [[said]] = await Promise.all([once(child.stdout, 'data') as Promise<unknown[]>, once(child, 'exit')])
    killGroup(child)
    await gone(Number(String(said)))
  })

  it('gives a run time to start, then time to run, and one of the two runs out once', async () => {
    const fired: string[] = []
    const deadline = (startMs: number, timeMs: number): Promise<Deadline> =>
      new Promise((resolve) => {
        const made: Deadline = new Deadline({
          startMs,
          timeMs,
          onLate: () => resolve(made),
          onTime: () => resolve(made),
        })
        if (startMs > 1_000) made.begin()
      })
    assert.equal((await deadline(5, 60_000)).ranMs, 0)
    assert.ok((await deadline(60_000, 5)).ranMs >= 4)
    const cleared = new Deadline({
      startMs: 1,
      timeMs: 1,
      onLate: () => fired.push('late'),
      onTime: () => fired.push('time'),
    })
    cleared.begin()
    cleared.clear()
    await deadline(20, 20)
    assert.deepEqual(fired, [])
  })

  it('collects what is allowed of each stream, and passes on the same', () => {
    const passed: string[] = []
    const printed = new Collector(5, (stream, chunk) => passed.push(`${stream} ${text(chunk)}`))
    for (const chunk of ['abc', 'def', 'ghi']) printed.add('stdout', Buffer.from(chunk))
    printed.add('stderr', Buffer.from('12345678'))
    const { stdout, stderr } = printed.all()
    assert.deepEqual([text(stdout), text(stderr)], ['abcde', '12345'])
    assert.deepEqual(passed, ['stdout abc', 'stdout de', 'stderr 12345'])
  })
})
