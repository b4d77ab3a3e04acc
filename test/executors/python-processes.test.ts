import assert from 'node:assert/strict'
import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { childEntry } from '#node/adapters/executors/kit/entry.ts'
import { PythonExecutor } from '#node/adapters/executors/python/executor.ts'
import { createLevelStore } from '#node/adapters/store/level.ts'
import { createSystemClock } from '#node/adapters/system/clock.ts'
import type { Outcome } from '#node/ports/executor.ts'
import { quiet } from '../store/quiet.ts'
import { done, failed, fewerThan, gone, isRunning, pythonForTests, run } from './world.ts'

const SPIN = 'print("spinning", flush=True)\nwhile True: pass'

/** Starts a program that never ends; resolves once it runs. */
async function spin(
  engine: PythonExecutor,
  over: { signal?: AbortSignal; timeMs?: number } = {},
): Promise<{ pid: number; outcome: Promise<Outcome> }> {
  const before = new Set(engine.pids)
  let outcome: Promise<Outcome> | undefined
  await new Promise<void>((resolve) => {
    outcome = run(engine, SPIN, { timeMs: 3_600_000, onOutput: () => resolve(), ...over })
  })
  const pid = engine.pids.find((candidate) => !before.has(candidate)) ?? engine.pids[0]
  assert.ok(pid !== undefined && outcome !== undefined)
  return { pid, outcome }
}

describe('python engine: processes', function () {
  this.timeout(90_000)
  const engine = pythonForTests()

  it('runs four programs at once, and keeps one warm child', async () => {
    const outcomes = await Promise.all(
      [1, 2, 3, 4].map((n) => run(engine, `print(sum(range(${n}00_000)))`, { fence: n })),
    )
    assert.deepEqual(
      outcomes.map((outcome) => done(outcome).stdout),
      ['4999950000\n', '19999900000\n', '44999850000\n', '79999800000\n'],
    )
    await fewerThan(2, () => engine.pids.filter(isRunning).length)
  })

  it('uses a warm child again', async () => {
    done(await run(engine, 'print(1)'))
    const before = engine.pids
    done(await run(engine, 'print(1)'))
    assert.deepEqual(engine.pids, before)
  })

  it('kills the child whose program ran out of time', async () => {
    const { pid, outcome } = await (async () => {
      const before = new Set(engine.pids)
      const running = run(engine, 'while True: pass', { timeMs: 1_000 })
      const started = engine.pids.find((candidate) => !before.has(candidate)) ?? engine.pids[0]
      return { pid: started, outcome: await running }
    })()
    assert.equal(failed(outcome).code, 'TIME_LIMIT')
    assert.ok(pid !== undefined)
    await gone(pid)
  })

  it('never blocks its own process', async () => {
    const controller = new AbortController()
    const { outcome } = await spin(engine, { signal: controller.signal, timeMs: 20_000 })
    for (let turns = 0; turns < 20; turns++) await setTimeout(10)
    controller.abort()
    // Not the time limit: the turns came while the program ran.
    assert.deepEqual(await outcome, { status: 'engine-failed', reason: 'the run was aborted' })
  })

  it('kills the child when the run is aborted', async () => {
    const controller = new AbortController()
    const { pid, outcome } = await spin(engine, { signal: controller.signal })
    controller.abort()
    assert.deepEqual(await outcome, { status: 'engine-failed', reason: 'the run was aborted' })
    await gone(pid)
  })

  it('reports a child that was killed as engine-failed, and runs the next program', async () => {
    const { pid, outcome } = await spin(engine)
    process.kill(pid, 'SIGKILL')
    const ended = await outcome
    assert.equal(ended.status, 'engine-failed')
    assert.match(ended.reason, /SIGKILL/)
    assert.equal(done(await run(engine, 'print("next")')).stdout, 'next\n')
  })

  it('replaces a warm child that was killed', async () => {
    done(await run(engine, 'print(1)'))
    const killed = engine.pids
    for (const pid of killed) process.kill(pid, 'SIGKILL')
    // At once: before its exit is known here.
    assert.equal(done(await run(engine, 'print("at once")')).stdout, 'at once\n')
    await Promise.all(killed.map(gone))
    assert.equal(done(await run(engine, 'print("next")')).stdout, 'next\n')
  })

  it('ends every child when it stops, and their runs as engine-failed', async () => {
    const stopped = new PythonExecutor()
    const runs = [await spin(stopped), await spin(stopped)]
    const pids = stopped.pids
    assert.equal(pids.length, 2)
    await stopped.stop()
    for (const { outcome } of runs) assert.equal((await outcome).status, 'engine-failed')
    for (const pid of pids) assert.equal(isRunning(pid), false)
    assert.deepEqual(stopped.pids, [])
  })

  it('gives the child nothing of ours: no environment, no folder', async function () {
    if (!existsSync('/proc/self/environ')) this.skip()
    const fresh = new PythonExecutor()
    process.env['WEFT_TEST_SECRET'] = 'do not tell'
    try {
      const { pid } = await spin(fresh)
      const names = readFileSync(`/proc/${pid}/environ`, 'utf8')
        .split('\0')
        .filter((entry) => entry !== '')
        .map((entry) => entry.split('=')[0] ?? '')
      assert.deepEqual(
        names.filter((name) => !name.startsWith('NODE_CHANNEL_')),
        [],
      )
      assert.equal(readlinkSync(`/proc/${pid}/cwd`), '/')
    } finally {
      delete process.env['WEFT_TEST_SECRET']
      await fresh.stop()
    }
  })

  it('has none of the files that the peer has open', async function () {
    if (process.platform !== 'linux') this.skip()
    const folder = await mkdtemp(join(tmpdir(), 'weft-open-'))
    const store = createLevelStore({ folder, clock: createSystemClock(), log: quiet })
    await store.open()
    const fresh = new PythonExecutor()
    const openIn = (pid: number): string[] =>
      readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
        try {
          return readlinkSync(`/proc/${pid}/fd/${fd}`)
        } catch {
          return []
        }
      })
    try {
      done(await run(fresh, 'print(1)'))
      const [pid] = fresh.pids
      assert.ok(pid !== undefined)
      assert.ok(openIn(process.pid).some((path) => path.startsWith(folder)))
      assert.deepEqual(
        openIn(pid).filter((path) => path.startsWith(folder)),
        [],
      )
    } finally {
      await fresh.stop()
      await store.close()
      await rm(folder, { recursive: true, force: true })
    }
  })

  it('leaves no child behind when the peer is killed', async () => {
    const peer = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(new URL('./peer.ts', import.meta.url))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [said]: unknown[] = await once(peer.stdout, 'data')
    const pid = Number(String(said))
    assert.ok(isRunning(pid))
    peer.kill('SIGKILL')
    await gone(pid)
  })

  it('leaves no child behind whose peer is killed before the child has loaded', async () => {
    const { url, execArgv } = childEntry('python')
    const child = fork(fileURLToPath(url), [], {
      execArgv: [...execArgv],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    child.disconnect()
    try {
      await gone(child.pid ?? 0)
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('lets the peer exit by itself while a warm child waits', async () => {
    const peer = spawn(
      process.execPath,
      ['--import', 'tsx', fileURLToPath(new URL('./peer.ts', import.meta.url)), 'once'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    const ended = once(peer, 'exit')
    const [said]: unknown[] = await once(peer.stdout, 'data')
    assert.deepEqual(await ended, [0, null])
    await gone(Number(String(said)))
  })

  it('waits for its children to end when nothing else keeps the peer alive', async () => {
    const peer = spawn(
      process.execPath,
      ['--import', 'tsx', fileURLToPath(new URL('./peer.ts', import.meta.url)), 'stop'],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    )
    assert.deepEqual(await once(peer, 'exit'), [7, null])
  })
})
