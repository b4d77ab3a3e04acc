import assert from 'node:assert/strict'
import { done, failed, pythonForTests, run } from './world.ts'

describe('python engine: programs', function () {
  this.timeout(60_000)
  const engine = pythonForTests()

  it('turns a JSON input into a result file', async () => {
    const code = `
import json
data = json.load(open('/job/data/numbers.json'))
json.dump({'sum': sum(data)}, open('/job/out/sum.json', 'w'))
print(len(data))`
    const { stdout, files } = done(await run(engine, code, { files: { 'data/numbers.json': '[1, 2, 3]' } }))
    assert.equal(stdout, '3\n')
    assert.deepEqual(files, { 'sum.json': '{"sum": 6}' })
  })

  it('has /job as its working folder, and /tmp', async () => {
    const code = `
import os, tempfile
open('out/here', 'w').write(open('in.txt').read())
with tempfile.NamedTemporaryFile('w') as f:
    f.write('x')
print(os.getcwd(), tempfile.gettempdir(), sorted(os.listdir('.')))`
    const { stdout, files } = done(await run(engine, code, { files: { 'in.txt': 'text' } }))
    assert.equal(stdout, "/job /tmp ['in.txt', 'main.py', 'out']\n")
    assert.deepEqual(files, { here: 'text' })
  })

  it('computes with sqlite3, csv, statistics, hashlib and decimal', async () => {
    const code = `
import csv, decimal, hashlib, io, sqlite3, statistics
rows = list(csv.reader(open('/job/rows.csv')))
db = sqlite3.connect('/tmp/rows.db')
db.execute('create table t (name text, n integer)')
db.executemany('insert into t values (?, ?)', rows)
db.commit()
print(db.execute('select sum(n) from t').fetchone()[0])
print(statistics.median(int(n) for _, n in rows), decimal.Decimal(1) / 3)
print(hashlib.sha256(b'x').hexdigest()[:8])`
    const { stdout } = done(await run(engine, code, { files: { 'rows.csv': 'a,1\nb,2\nc,6\n' } }))
    assert.equal(stdout, '9\n2 0.3333333333333333333333333333\n2d711642\n')
  })

  it('runs an input as the program, which imports its neighbour', async () => {
    const files = {
      'app/main.py': 'import helper\nprint(helper.twice(21))',
      'app/helper.py': 'def twice(n): return 2 * n',
    }
    const { stdout } = done(await run(engine, undefined, { params: { file: 'app/main.py' }, files }))
    assert.equal(stdout, '42\n')
  })

  it('passes arguments and stdin of any script', async () => {
    const code = 'import sys\nprint(sys.argv, sys.stdin.read())'
    const params = { args: ['', 'zwölf Boxkämpfer', '日本語 🚀', '--x=1'], stdin: 'ünïcode\nlines\n' }
    const { stdout } = done(await run(engine, code, { params }))
    assert.equal(stdout, "['/job/main.py', '', 'zwölf Boxkämpfer', '日本語 🚀', '--x=1'] ünïcode\nlines\n\n")
  })

  it('passes long arguments beyond ASCII whole', async () => {
    const args = Array.from({ length: 20 }, (_, n) => '語'.repeat(10_000 + n))
    const code =
      'import sys\nprint([len(a) for a in sys.argv[1:]] == [10_000 + n for n in range(20)], set("".join(sys.argv[1:])))'
    assert.equal(done(await run(engine, code, { params: { args } })).stdout, "True {'語'}\n")
  })

  it('returns result files sorted by path, with those in folders', async () => {
    const code = `
import os
os.makedirs('out/b/c')
for path in ('z', 'b/c/d', 'a', 'b/B'):
    open('out/' + path, 'wb').write(bytes(range(256)))
os.rename('out/z', 'out/y')
open('out/gone', 'w').close(); os.remove('out/gone')
open('scratch', 'w').write('not a result')`
    const outcome = await run(engine, code)
    done(outcome)
    assert.ok(outcome.status === 'done')
    assert.deepEqual(
      outcome.files.map(({ path }) => path),
      ['a', 'b/B', 'b/c/d', 'y'],
    )
    for (const { bytes } of outcome.files) assert.deepEqual([...bytes], [...Array(256).keys()])
  })

  it('reads, appends, seeks, truncates and maps what it wrote', async () => {
    const code = `
f = open('out/f', 'w+b'); f.write(b'0123456789' * 1000); f.seek(5); f.write(b'XYZ'); f.truncate(12); f.close()
with open('out/f', 'ab') as f: f.write(b'end')
with open('out/f', 'r+b') as f:
    f.seek(20); f.write(b'!')
print(open('out/f', 'rb').read())`
    assert.equal(done(await run(engine, code)).stdout, "b'01234XYZ8901end\\x00\\x00\\x00\\x00\\x00!'\n")
  })

  it('streams output while the program runs', async () => {
    const seen: string[] = []
    let sawFirst: (() => void) | undefined
    const first = new Promise<void>((resolve) => {
      sawFirst = resolve
    })
    const controller = new AbortController()
    const running = run(engine, 'import time\nprint("first")\ntime.sleep(3600)', {
      timeMs: 3_600_000,
      signal: controller.signal,
      onOutput: (stream, chunk) => {
        seen.push(`${stream} ${Buffer.from(chunk).toString()}`)
        sawFirst?.()
      },
    })
    await first
    controller.abort()
    assert.equal((await running).status, 'engine-failed')
    assert.deepEqual(seen, ['stdout first\n'])
  })

  describe('that fail', () => {
    it('report an uncaught exception with its last line, and keep what was printed', async () => {
      const outcome = failed(await run(engine, 'print("before")\nraise ValueError("no such thing")'))
      assert.equal(outcome.code, 'PROGRAM_FAILED')
      assert.equal(outcome.exitCode, 1)
      assert.equal(outcome.reason, 'the program exited with status 1: ValueError: no such thing')
      assert.equal(outcome.stdout, 'before\n')
      assert.match(outcome.stderr, /main\.py", line 2/)
    })

    it('report their exit status', async () => {
      assert.equal(failed(await run(engine, 'import sys\nsys.exit(7)')).exitCode, 7)
      assert.equal(failed(await run(engine, 'import os\nos._exit(255)')).exitCode, 255)
      assert.match(failed(await run(engine, 'import sys\nsys.exit("bad input")')).reason, /: bad input$/)
      assert.equal(failed(await run(engine, 'this is no python')).exitCode, 1)
      done(await run(engine, 'import sys\nsys.exit(0)'))
    })

    it('return no files', async () => {
      assert.ok(!('files' in (await run(engine, 'open("out/half", "w").write("x")\nraise SystemExit(1)'))))
    })
  })
})
