import assert from 'node:assert/strict'
import { done, pythonForTests, run } from './world.ts'

/** Everything that usually differs between two runs. */
const CHANCE = `
import datetime, os, random, secrets, sys, tempfile, threading, time, uuid
print(random.random(), random.sample(range(100), 5), secrets.token_hex(8), os.urandom(8).hex())
print(time.time(), time.monotonic(), time.perf_counter(), time.process_time(), datetime.datetime.now())
print(uuid.uuid4(), hash('text'), {str(n) for n in range(20)}, set('abcdefg'))
print(id(object()), object(), os.getpid() if hasattr(os, 'getpid') else None, tempfile.mktemp())
print(os.stat('main.py'), os.stat('out'), sorted(os.environ.items()), os.listdir('.'), sys.flags, threading.get_ident())
time.sleep(0.05)
print(time.time())
open('out/random', 'wb').write(os.urandom(100_000))`

describe('python engine: determinism', function () {
  this.timeout(60_000)
  const engine = pythonForTests()

  it('gives the same bytes to replicas, in the same child and in another', async () => {
    const replicas = await Promise.all([1, 2].map((fence) => run(engine, CHANCE, { fence })))
    const later = await run(engine, CHANCE, { fence: 3 })
    const [first, ...others] = [...replicas, later].map(done)
    assert.ok(first !== undefined && first.stdout.length > 500)
    assert.equal(first.files['random']?.length !== 0, true)
    for (const other of others) assert.deepEqual(other, first)
  })

  it('gives other random numbers to another job', async () => {
    const code = 'import os, random\nprint(random.random())\nopen("out/r", "wb").write(os.urandom(16))'
    const [one, two] = [await run(engine, code, { jobId: 'a' }), await run(engine, code, { jobId: 'b' })].map(done)
    assert.notEqual(one?.stdout, two?.stdout)
    assert.notEqual(one?.files['r'], two?.files['r'])
  })

  it('sleeps as long as it is told, each time', async () => {
    const code = `import time
for i in range(4):
    before = time.time(); time.sleep(0.1); print(round(time.time() - before, 1))`
    const { stdout } = done(await run(engine, code))
    assert.equal(stdout, '0.1\n0.1\n0.1\n0.1\n')
  })

  it('starts the clock at 2026 and advances it by what the program sleeps', async () => {
    const code = `
import time, datetime
t = time.time(); time.sleep(0.2); slept = time.time() - t
print(datetime.datetime.fromtimestamp(t).year, 0.2 <= slept < 0.201)`
    const outcome = await run(engine, code)
    assert.equal(done(outcome).stdout, '2026 True\n')
    assert.ok(outcome.status === 'done' && outcome.meterMs >= 200)
  })

  it('lets a loop that waits for the clock end', async () => {
    done(await run(engine, 'import time\nend = time.time() + 0.1\nwhile time.time() < end: pass'))
  })
})
