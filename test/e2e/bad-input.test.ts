import assert from 'node:assert/strict'
import type { JobView } from '#node/api/job-view.ts'
import { sealJob } from '#protocol/account/inputs.ts'
import type { JobSpec } from '#protocol/job/spec.ts'
import { blobCid } from '#protocol/wire/canonical.ts'
import { networkDomain } from '#protocol/wire/header.ts'
import { get, isClosed, python, World } from './world.ts'

/** Errors are three lines: what with its code, why, the next step. */
const saysAll = (code: string, why: RegExp): RegExp =>
  new RegExp(`error ${code}: .+\\n +why: +.*(${why.source}).*\\n +next: +.+\\n`)

describe('bad input', function () {
  this.timeout(300_000)
  let world: World
  let pids: readonly number[]
  before(async () => {
    world = await World.start({ peers: 4 })
    pids = world.up.map(({ ready }) => ready.pid)
  })
  after(async () => {
    try {
      // Nothing of all this harmed a daemon: the same processes still do their work.
      for (const { ready } of world.up) await get(ready.url, '/status')
      assert.deepEqual(
        world.up.map(({ ready }) => ready.pid),
        pids,
      )
      await allOffer()
      const { code, stdout, stderr } = await world.run(python('print("still here")'))
      assert.deepEqual([code, stdout], [0, 'still here\n'], stderr)
    } finally {
      await world?.end()
    }
  })

  /** A machine that is busy with the programs of a test may tell of no capacity for so long that offers expire. */
  const allOffer = async (): Promise<void> => {
    for (const { ready } of world.up) await world.untilOffered(ready, world.up.length)
  }

  describe('on the command line names', () => {
    const refused = async (args: readonly string[], says: RegExp): Promise<void> => {
      const { code, stdout, stderr } = await world.weft(args)
      assert.deepEqual([code, stdout], [2, ''], stderr)
      assert.match(stderr, says)
    }
    it('the flag as it was written', () => refused(['up', '--port', '99999'], /flag --port\) is 99999/))
    it('the command whose help to read', () =>
      refused(['job', 'show'], /missing required argument[\s\S]*weft job show --help/))
  })

  describe('in a job file is refused before anything is signed', () => {
    const refused = async (job: string, code: string, why: RegExp, args: readonly string[] = []): Promise<void> => {
      const ended = await world.run(job, args)
      assert.equal(ended.code, 2, ended.stderr)
      assert.equal(ended.stdout, '')
      assert.match(ended.stderr, saysAll(code, why))
    }

    it('with line and column where it is malformed', async () => {
      const job = 'version: 1\nengine:\n  type: python\n  code: print(1)\nreplcas: 3\n'
      await refused(job, 'JOB_MALFORMED', /<stdin>:5:1: unknown key "replcas"; did you mean "replicas"\?/)
      const { code, stdout } = await world.weft(['job', 'validate', await world.file(job), '--json'])
      assert.equal(code, 2)
      assert.match(stdout, /"line":5,"column":1/)
    })

    it('where it is no YAML', () => refused('version: [1\n', 'JOB_MALFORMED', /<stdin>:\d+:\d+: /))
    it('with an engine that nobody has', () =>
      refused('version: 1\nengine: { type: cobol }\n', 'ENGINE_UNKNOWN', /"cobol"/))
    it('with parameters that the engine does not take', () =>
      refused('version: 1\nengine: { type: python, prog: x }\n', 'JOB_MALFORMED', /engine\.params\.prog is unknown/))
    it('with an input that is not there', () =>
      refused(python('print(1)'), 'INPUT_MISSING', /no-such-file/, ['--input', 'no-such-file']))
    it('with an input that is too large', async () => {
      const large = await world.file(new Uint8Array(5 * 1_024 * 1_024))
      await refused(python('print(1)'), 'JOB_TOO_LARGE', /5242880 bytes/, ['--input', `a=${large}`])
    })
  })

  describe('that no peer can serve', () => {
    it('names the constraint: exit 6', async () => {
      const job = python('print(1)', 'requirements: { gpuMemory: 80GiB }\nreplicas: 2\n')
      const { code, stderr } = await world.run(job)
      assert.equal(code, 6, stderr)
      assert.match(stderr, saysAll('NO_MATCHING_PEER', /GPU/))
    })

    it('names the number of peers where there are too few: exit 6', async () => {
      const { code, stderr } = await world.run(python('print(1)', 'replicas: 5\n'))
      assert.equal(code, 6, stderr)
      assert.match(stderr, saysAll('NO_MATCHING_PEER', /5 peers are wanted, 4 fit/))
    })

    it('says what the peers ask for where the price is too low: exit 6', async () => {
      const { code, stderr } = await world.run(python('print(1)'), ['--price-max', '0.000001'])
      assert.equal(code, 6, stderr)
      assert.match(stderr, saysAll('PRICE_TOO_LOW', /price|asks|credit/))
    })

    it('is refused where the wallet does not cover it: exit 5', async () => {
      const { code, stderr } = await world.run(python('print(1)'), ['--price-max', '1000000'])
      assert.equal(code, 5, stderr)
      assert.match(stderr, saysAll('CREDITS_SHORT', /CREDITS_SHORT|cover/))
    })
  })

  describe('in a signed job is refused by name', () => {
    const signed = async (patch: Partial<JobSpec>, domain?: Uint8Array): Promise<Uint8Array> => {
      const { url } = world.other().ready
      const { network, domain: own } = await get<{ network: string; domain: string }>(url, '/signing')
      const { nextSeq } = await get<{ nextSeq: number }>(url, `/accounts/${world.signer.key}`)
      const nowMs = Date.now()
      const spec: JobSpec = {
        version: 1,
        name: 'by hand',
        network,
        account: world.signer.key,
        seq: nextSeq,
        authorised: 900_000_000n,
        createdMs: nowMs,
        deadlineMs: nowMs + 600_000,
        engine: { type: 'python', params: { code: 'print(1)' } },
        inputs: [],
        requirements: { timeMs: 10_000, memoryBytes: 2 ** 28, regions: [], gpuMemoryBytes: 0, models: [] },
        replicas: 3,
        comparator: { type: 'exact' },
        priceMax: 1_000_000n,
        policy: 'balanced',
        ...patch,
      }
      return sealJob(spec, domain ?? new Uint8Array(Buffer.from(own, 'base64')), world.signer).raw
    }
    type Answer = { readonly code: string; readonly hint: string; readonly jobId: string }
    const post = async (raw: Uint8Array): Promise<Answer & { readonly status: number }> => {
      const answer = await fetch(`${world.other().ready.url}/api/v1/jobs`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ envelope: Buffer.from(raw).toString('base64'), blobs: [] }),
      })
      return { ...((await answer.json()) as Answer), status: answer.status }
    }
    const refused = async (raw: Uint8Array, code: string): Promise<void> => {
      const answer = await post(raw)
      assert.equal(answer.code, code)
      assert.ok(answer.status >= 400 && answer.status < 500, String(answer.status))
      assert.notEqual(answer.hint, '')
    }

    it('with a signature that was changed', async () => {
      const raw = await signed({})
      raw[raw.length - 1] = (raw[raw.length - 1] ?? 0) ^ 1
      await refused(raw, 'SIGNATURE_BAD')
    })
    it('with bytes that are no job', () => refused(new Uint8Array([1, 2, 3]), 'JOB_MALFORMED'))
    it('of another network', async () => {
      await refused(await signed({}, networkDomain('roster:other')), 'SIGNATURE_BAD')
      await refused(await signed({ network: 'roster:other' }), 'NETWORK_OTHER')
    })
    it('with a deadline that is over or too far away', async () => {
      await refused(await signed({ deadlineMs: Date.now() - 1 }), 'DEADLINE_PASSED')
      await refused(await signed({ deadlineMs: Date.now() + 25 * 3_600_000 }), 'DEADLINE_PASSED')
    })
    it('with a total that does not cover it', async () =>
      refused(await signed({ authorised: 1n, priceMax: 500_000_000n }), 'AUTHORISATION_SHORT'))
    it('with a sequence number that is taken', async () => {
      const { status, jobId } = await post(await signed({}))
      assert.equal(status, 201)
      const { seq } = await world.untilJob(jobId, isClosed)
      await refused(await signed({ name: 'another', seq }), 'SEQ_TAKEN')
    })
    it('with more bytes than a job may have', async () => {
      const raw = await signed({ engine: { type: 'python', params: { code: '#'.repeat(300 * 1_024) } } })
      await refused(raw, 'JOB_TOO_LARGE')
    })
    it('with an input that was changed on the way', async () => {
      const cid = blobCid(new TextEncoder().encode('what was signed'))
      await refused(await signed({ inputs: [{ path: 'a.txt', cid, bytes: 15 }] }), 'INPUT_MISSING')
    })
  })

  describe('in a program', () => {
    beforeEach(allOffer)

    interface Failing {
      readonly code: string
      readonly why: RegExp
      readonly logs: RegExp
    }

    /** It fails with a code, a reason and a next step; what it printed is kept; nobody is paid. */
    const fails = async (job: string, { code, why, logs }: Failing): Promise<void> => {
      const ended = await world.run(job)
      assert.equal(ended.code, 4, ended.stderr)
      assert.equal(ended.stdout, '')
      assert.match(ended.stderr, saysAll(code, why))
      const { jobs } = await get<{ jobs: JobView[] }>(world.other().ready.url, '/jobs?limit=1')
      const job0 = jobs[0]
      assert.ok(job0 !== undefined)
      assert.equal(job0.state, 'failed')
      assert.deepEqual([job0.code, job0.charged, job0.earned], [code, '0', []])
      const shown = await world.weft(['job', 'logs', job0.jobId])
      assert.equal(shown.code, 0, shown.stderr)
      assert.match(shown.stdout + shown.stderr, logs)
    }

    it('that crashes', () =>
      fails(python('print("before")\nraise ValueError("broken on purpose")'), {
        code: 'PROGRAM_FAILED',
        why: /broken on purpose|status|exit/,
        logs: /before[\s\S]*ValueError: broken on purpose|ValueError: broken on purpose[\s\S]*before/,
      }))
    it('that loops for ever', () =>
      fails(python('print("begin", flush=True)\nwhile True: pass', 'requirements: { time: 5s }\n'), {
        code: 'TIME_LIMIT',
        why: /5 s|5000|second/,
        logs: /begin/,
      }))
    it('that eats memory', () =>
      fails(
        python(
          'print("begin", flush=True)\na = []\nwhile True: a.append(bytes(1 << 20))',
          'requirements: { time: 120s, memory: 64MiB }\n',
        ),
        {
          code: 'MEMORY_LIMIT',
          why: /memory|MiB/,
          logs: /begin/,
        },
      ))
    it('that floods its output', () =>
      fails(python('while True: print("x" * 1000)'), { code: 'OUTPUT_LIMIT', why: /output|bytes|MiB/, logs: /xxxx/ }))

    it('that looks for files, the network and the environment finds nothing', async () => {
      const probe = `
import os
def tries(name, what):
    try: print(name, what())
    except BaseException as error: print(name, type(error).__name__)
tries("passwd", lambda: open("/etc/passwd").read())
tries("proc", lambda: os.listdir("/proc"))
tries("home", lambda: open("${world.wallet}").read())
tries("up", lambda: open("../../../../${world.wallet}").read())
tries("environment", lambda: [os.environ.get(name) for name in ("PATH", "HOME", "WEFT_HOME", "WEFT_TOKEN")])
def dial():
    import socket
    socket.create_connection(("127.0.0.1", ${new URL(world.other().ready.url).port}), 1)
    return "connected"
tries("network", dial)
def spawn():
    import subprocess
    return subprocess.run(["ls"])
tries("process", spawn)
`
      const { code, stdout, stderr } = await world.run(python(probe))
      assert.equal(code, 0, stderr)
      const said = new Map(
        stdout
          .trim()
          .split('\n')
          .map((line) => line.split(/ (.*)/) as [string, string]),
      )
      assert.equal(said.get('environment'), "[None, '/job', None, None]")
      for (const name of ['passwd', 'proc', 'home', 'up', 'network', 'process'])
        assert.match(said.get(name) ?? '', /^\w*Error$/, stdout)
    })
  })
})
