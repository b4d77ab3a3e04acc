import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { limits } from '#protocol/limits.ts'
import { done, failed, fewerThan, isRunning, pythonForTests, run } from './world.ts'

const MiB = 1_024 * 1_024

describe('python engine: attacks', function () {
  this.timeout(90_000)
  const engine = pythonForTests()

  describe('on time and memory', () => {
    it('ends an infinite loop at the time limit', async () => {
      const outcome = await run(engine, 'print("spinning")\nwhile True: pass', { timeMs: 1_500 })
      const { code, exitCode, stdout } = failed(outcome)
      assert.deepEqual({ code, exitCode, stdout }, { code: 'TIME_LIMIT', exitCode: 137, stdout: 'spinning\n' })
      assert.ok(outcome.status === 'program-failed' && outcome.meterMs >= 1_500 && outcome.meterMs < 30_000)
    })

    it('ends an infinite loop in native code', async () => {
      const outcome = failed(await run(engine, 'import re\nre.match("(a+)+$", "a" * 64 + "b")', { timeMs: 1_500 }))
      assert.equal(outcome.code, 'TIME_LIMIT')
    })

    it('ends a sleeper', async () => {
      assert.equal(failed(await run(engine, 'import time\ntime.sleep(1e9)', { timeMs: 1_000 })).code, 'TIME_LIMIT')
    })

    it('ends a memory bomb of many objects, of one object, and of strings', async () => {
      for (const bomb of [
        'b = []\nwhile True: b.append(bytearray(1_000_000))',
        'b = bytearray(10 ** 9)',
        's = "x"\nwhile True: s += s',
      ])
        assert.equal(failed(await run(engine, bomb, { memoryBytes: 64 * MiB })).code, 'MEMORY_LIMIT', bomb)
    })

    it('lets a program use the memory that it has, and no more', async () => {
      const code = 'b = bytearray(100_000_000)\nprint(len(b))'
      done(await run(engine, code, { memoryBytes: 192 * MiB }))
      assert.equal(failed(await run(engine, code, { memoryBytes: 64 * MiB })).code, 'MEMORY_LIMIT')
    })

    it('lets a program catch MemoryError', async () => {
      const code = 'try: bytearray(10 ** 9)\nexcept MemoryError: print("caught")'
      assert.equal(done(await run(engine, code, { memoryBytes: 64 * MiB })).stdout, 'caught\n')
    })

    it('says so when the memory limit is too low for Python itself', async () => {
      for (const memoryBytes of [1, MiB, 10 * MiB, 11 * MiB]) {
        const outcome = await run(engine, 'print(1)', { memoryBytes })
        assert.notEqual(outcome.status, 'engine-failed', `${memoryBytes}: ${JSON.stringify(outcome)}`)
        if (outcome.status === 'program-failed') assert.equal(outcome.code, 'MEMORY_LIMIT')
      }
    })

    it('survives deep recursion', async () => {
      const python = failed(await run(engine, 'def f(n): return f(n + 1)\nf(0)'))
      assert.match(python.reason, /RecursionError/)
      const native = 'x = []\nfor i in range(100_000): x = [x]\nprint(len(repr(x)))'
      assert.match(failed(await run(engine, native)).reason, /RecursionError/)
      const raised = 'import sys\nsys.setrecursionlimit(10 ** 9)\ndef f(n): return f(n + 1)\nf(0)'
      const { code } = failed(await run(engine, raised, { memoryBytes: 64 * MiB, timeMs: 20_000 }))
      assert.match(code, /MEMORY_LIMIT|PROGRAM_FAILED|TIME_LIMIT/)
    })

    it('takes a crash of the interpreter as the fault of the program, and runs the next one', async () => {
      const { code, exitCode, reason } = failed(await run(engine, 'import os\nos.abort()'))
      assert.deepEqual({ code, exitCode }, { code: 'PROGRAM_FAILED', exitCode: 134 })
      assert.match(reason, /interpreter/)
      done(await run(engine, 'print(1)'))
    })
  })

  describe('on output', () => {
    for (const stream of ['stdout', 'stderr'] as const)
      it(`ends a flood of ${stream} at once and keeps what is allowed`, async () => {
        const flood = `import sys\nwhile True: sys.${stream}.write("x" * 1000)`
        const outcome = failed(await run(engine, flood, { outputBytes: 200_000, timeMs: 60_000 }))
        assert.equal(outcome.code, 'OUTPUT_LIMIT')
        assert.equal(outcome[stream].length, 200_000)
      })

    it('ends a flood of single bytes', async () => {
      const flood = 'import os\nwhile True: os.write(1, b"x")'
      const outcome = failed(await run(engine, flood, { outputBytes: 20_000 }))
      assert.equal(outcome.code, 'OUTPUT_LIMIT')
      assert.equal(outcome.stdout.length, 20_000)
    })

    it('keeps the first MiB of each stream and counts the rest', async () => {
      const code = 'import sys\nfor i in range(1500): print("x" * 999)\nprint("e" * 10, file=sys.stderr)'
      let streamedBytes = 0
      const onOutput = (stream: string, chunk: Uint8Array) => {
        if (stream === 'stdout') streamedBytes += chunk.length
      }
      const { stdout, stderr } = done(await run(engine, code, { outputBytes: 2 * MiB, onOutput }))
      assert.equal(stdout.length, limits.streamBytes)
      assert.equal(streamedBytes, limits.streamBytes)
      assert.equal(stderr, 'eeeeeeeeee\n')
    })

    it('ends a program that writes huge results, in one file, many, or by links', async () => {
      const programs = {
        growing: 'f = open("out/f", "wb")\nwhile True: f.write(b"x" * 100_000)',
        sparse: 'f = open("out/f", "wb"); f.seek(10 ** 12); f.write(b"x"); f.close()',
        truncated: 'open("out/f", "wb").truncate(10 ** 15)',
        many: 'for i in range(100): open(f"out/{i}", "wb").write(b"x" * 20_000)',
        moved: 'import os\nfor i in range(20):\n  open("f", "wb").write(b"x" * 90_000); os.rename("f", f"out/{i}")',
        linked: 'import os\nopen("f", "wb").write(b"x" * 90_000)\nfor i in range(20): os.link("f", f"out/{i}")',
        printed: 'open("out/f", "wb").write(b"x" * 600_000); print("x" * 600_000)',
      }
      for (const [name, code] of Object.entries(programs)) {
        const outcome = await run(engine, code, { outputBytes: MiB, timeMs: 60_000 })
        assert.equal(failed(outcome).code, 'OUTPUT_LIMIT', name)
      }
    })

    it('has a full disk for scratch files, also those that are deleted but open', async () => {
      const big = 'f = open("/tmp/f", "wb")\nfor i in range(200): f.write(b"x" * 1_000_000)'
      assert.match(failed(await run(engine, big)).reason, /OSError: \[Errno 51\] No space left on device/)
      const hidden = `
import os
fs = []
for i in range(200):
    f = open('/tmp/f', 'wb'); os.remove('/tmp/f'); f.write(b'x' * 1_000_000); f.flush(); fs.append(f)`
      assert.match(failed(await run(engine, hidden)).reason, /No space left/)
      const reused = `
for i in range(100):
    with open('/tmp/f', 'wb') as f: f.write(b'x' * 1_000_000)
print('ok')`
      assert.equal(done(await run(engine, reused)).stdout, 'ok\n')
    })

    it('ends a program that makes too many files, and refuses long names and too many open files', async () => {
      const many = 'import os\nfor i in range(5_000): open(f"/tmp/{i}", "w").close()'
      assert.equal(failed(await run(engine, many)).code, 'OUTPUT_LIMIT')
      const deep =
        'import os\np = "/tmp"\nfor i in range(5_000):\n  os.mkdir("/tmp/x"); os.rename("/tmp/x", f"/job/{i}")'
      assert.equal(failed(await run(engine, deep)).code, 'OUTPUT_LIMIT')
      const temporary =
        'import os\nfor i in range(5_000):\n  open("/tmp/f", "w").close(); os.remove("/tmp/f")\nprint("ok")'
      assert.equal(done(await run(engine, temporary)).stdout, 'ok\n')
      const long = 'open("/tmp/" + "x" * 5000, "w")'
      assert.match(failed(await run(engine, long)).reason, /OSError: \[Errno 37\]/)
      const open = 'fs = [open(f"/tmp/{i}", "w") for i in range(1000)]'
      assert.match(failed(await run(engine, open)).reason, /OSError/)
    })

    it('refuses results whose path another system could misread', async () => {
      for (const name of ['a\\\\..\\\\b', 'line\\nbreak', 'n'.repeat(250)]) {
        const outcome = failed(await run(engine, `open("out/${name}", "w").write("x")`))
        assert.equal(outcome.code, 'OUTPUT_LIMIT', name)
      }
    })
  })

  describe('on the host', () => {
    it('sees no file of the host by any path', async () => {
      const code = `
import os
paths = ['/etc/passwd', '/job/../../etc/passwd', '../../../etc/passwd', '/proc/self/environ', '/proc/self/fd/3', '/dev/mem',
  '/tmp/../etc/passwd', '/usr/bin/env', '/root/.ssh/id_rsa', '//etc/passwd', '/job//..//..//etc/passwd', 'out/../../etc/passwd']
for path in paths:
    try: print('READ', path, open(path).read(20))
    except OSError as e: pass
for path in ['/', '/etc', '/proc', '/home', '/job/..', '..', '../..']:
    try:
        names = set(os.listdir(path))
        if names: print('LISTED', path, names)
    except OSError: pass
print(os.listdir('/tmp'))`
      assert.equal(done(await run(engine, code)).stdout, '[]\n')
    })

    it('writes no file of the host', async () => {
      const path = `/tmp/weft-escape-${process.pid}`
      done(await run(engine, `open(${JSON.stringify(path)}, "w").write("x")`))
      assert.equal(existsSync(path), false)
    })

    it('makes no symbolic link', async () => {
      for (const target of ['/etc/passwd', '../../etc/passwd', 'main.py'])
        assert.match(
          failed(await run(engine, `import os\nos.symlink(${JSON.stringify(target)}, "/job/l")`)).reason,
          /OSError/,
        )
    })

    it('has an environment of its own', async () => {
      const names = [
        'HOME',
        'LANG',
        'PYTHONDONTWRITEBYTECODE',
        'PYTHONHASHSEED',
        'PYTHONPATH',
        'PYTHONUTF8',
        'TMPDIR',
        'TZ',
      ]
      const { stdout } = done(await run(engine, 'import os\nprint(*sorted(os.environ))'))
      assert.deepEqual(stdout.trim().split(' '), names)
    })

    it('starts no process and no thread', async () => {
      for (const code of [
        'import os\nos.fork()',
        'import os\nos.system("id")',
        'import os\nos.execv("/bin/sh", ["sh"])',
        'import os\nos.posix_spawn("/bin/sh", ["sh"], {})',
        'import subprocess\nsubprocess.run(["id"])',
        'import multiprocessing\nmultiprocessing.Process(target=print).start()',
        'import threading\nthreading.Thread(target=print).start()',
        'import ctypes',
      ])
        assert.equal(failed(await run(engine, code)).code, 'PROGRAM_FAILED', code)
    })

    it('opens no socket', async () => {
      for (const code of [
        'import socket\nsocket.create_connection(("127.0.0.1", 80), 1)',
        'import socket\ns = socket.socket()\ns.connect(("169.254.169.254", 80))',
        'import socket\ns = socket.socket()\ns.bind(("0.0.0.0", 0))',
        'import socket\ns = socket.socket(fileno=3)\ns.recv(10)',
        'import socket\ns = socket.socket(fileno=3)\ns.accept()',
        'import urllib.request\nurllib.request.urlopen("http://127.0.0.1:1/")',
      ])
        assert.equal(failed(await run(engine, code)).code, 'PROGRAM_FAILED', code)
    })

    it('keeps nothing from one run to the next', async () => {
      done(
        await run(
          engine,
          'import builtins\nbuiltins.leak = 1\nopen("/tmp/leak", "w").write("x"); open("leak", "w").write("x")',
        ),
      )
      const code = 'import builtins, os\nprint(hasattr(builtins, "leak"), os.listdir("/tmp"), os.path.exists("leak"))'
      assert.equal(done(await run(engine, code)).stdout, 'False [] False\n')
    })
  })

  it('leaves only warm children behind', async () => {
    await fewerThan(2, () => engine.pids.length)
    for (const pid of engine.pids) assert.ok(isRunning(pid))
  })
})
