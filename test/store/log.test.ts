import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog } from '#node/adapters/log/log.ts'
import { createSystemClock } from '#node/adapters/system/clock.ts'
import { createSystemRandom } from '#node/adapters/system/random.ts'
import { WeftError } from '#protocol/errors.ts'

function capture(isTTY = false): { lines: string[]; write: (line: string) => void; isTTY: boolean } {
  const lines: string[] = []
  return { lines, write: (line) => void lines.push(line), isTTY }
}

describe('log', () => {
  it('writes JSON lines with fields, level and time', () => {
    const out = capture()
    const log = createLog({ level: 'info', destination: out }).child({ component: 'store' })
    log.debug({}, 'hidden')
    log.info({ price: 5n, bytes: Uint8Array.of(1, 2), attempt: 2 }, 'replica lease expired')
    assert.equal(out.lines.length, 1)
    const { time, ...rest } = JSON.parse(out.lines[0] ?? '') as Record<string, unknown>
    assert.ok(!Number.isNaN(Date.parse(String(time))))
    assert.deepEqual(rest, {
      level: 'info',
      component: 'store',
      price: '5',
      bytes: 'AQI=',
      attempt: 2,
      msg: 'replica lease expired',
    })
  })

  it('writes nothing below its level', () => {
    const out = capture()
    const log = createLog({ level: 'silent', destination: out })
    log.error({}, 'nobody hears')
    assert.deepEqual(out.lines, [])
  })

  it('prints nothing secret, wherever it hides', () => {
    const secret = 'hunter2hunter2'
    const out = capture()
    const log = createLog({ level: 'debug', destination: out })
    const error = new Error(`refused weft1-${secret}`, { cause: { apiKey: secret } })
    log
      .child({ token: secret })
      .info({ seed: new Uint8Array(32), nested: [{ privateKey: secret }], header: `Bearer ${secret}`, error }, 'x')
    log.info({ walletSecret: secret, map: new Map([['a', { password: secret }]]), url: `?t=weft1-${secret}` }, 'y')
    assert.equal(out.lines.length, 2)
    for (const line of out.lines) assert.ok(!line.includes(secret), line)
    assert.match(out.lines[0] ?? '', /"seed":"\[redacted\]"/)
  })

  it('writes errors with code and cause, and survives circles', () => {
    const out = capture()
    const circle: Record<string, unknown> = {}
    circle['self'] = circle
    const error = new WeftError('STORE_LOCKED', 'locked', { cause: new Error('deep'), data: { pid: 1 } })
    createLog({ level: 'info', destination: out }).warn({ circle, error }, 'z')
    const line = JSON.parse(out.lines[0] ?? '') as { error: Record<string, unknown> }
    assert.equal(line.error['code'], 'STORE_LOCKED')
    assert.deepEqual(line.error['data'], { pid: 1 })
    assert.equal((line.error['cause'] as { message: string }).message, 'deep')
  })

  it('is one readable line on a terminal, and escapes what would move the cursor', () => {
    const out = capture(true)
    createLog({ level: 'info', destination: out, colour: false }).warn(
      { jobId: 'bafy', why: 'a b\u001b[2J' },
      'lease\u001b[2J',
    )
    assert.match(out.lines[0] ?? '', /^\d\d:\d\d:\d\d\.\d{3} warn {2}lease\\x1b\[2J jobId=bafy why="a b\\u001b\[2J"\n$/)
  })

  it('appends to a file that only its owner reads', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'weft-log-'))
    const file = join(folder, 'deep', 'weft.log')
    createLog({ level: 'info', destination: { file } }).info({}, 'one')
    createLog({ level: 'info', destination: { file } }).info({}, 'two')
    assert.equal((await readFile(file, 'utf8')).trim().split('\n').length, 2)
    assert.equal((await stat(file)).mode & 0o777, 0o600)
    await rm(folder, { recursive: true })
  })
})

describe('system clock and random', () => {
  it('has whole milliseconds, and a monotonic clock that never goes back', () => {
    const clock = createSystemClock()
    assert.ok(Number.isInteger(clock.wallMs()) && Number.isInteger(clock.monotonicMs()))
    let last = clock.monotonicMs()
    for (let i = 0; i < 1_000; i++) {
      const now = clock.monotonicMs()
      assert.ok(now >= last)
      last = now
    }
  })

  it('fires once, or never when cancelled', async () => {
    const clock = createSystemClock()
    const fired: string[] = []
    clock.after(0, () => fired.push('cancelled'))()
    clock.after(2 ** 40, () => fired.push('far'))()
    await new Promise<void>((resolve) => {
      const alive = setInterval(() => {}, 1_000)
      clock.after(1, () => {
        fired.push('fired')
        clearInterval(alive)
        resolve()
      })
    })
    assert.deepEqual(fired, ['fired'])
  })

  it('gives as many bytes as asked, never the same', () => {
    const random = createSystemRandom()
    assert.equal(random.bytes(32).length, 32)
    assert.notDeepEqual(random.bytes(32), random.bytes(32))
  })
})
