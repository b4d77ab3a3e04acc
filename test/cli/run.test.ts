import assert from 'node:assert/strict'
import { utf8 } from '#protocol/wire/hash.ts'
import { type CliWorld, HELLO, startCliWorld } from './world.ts'

describe('weft run', function () {
  this.timeout(60_000)
  let world: CliWorld
  let job: string
  const begin = async (script: Parameters<typeof startCliWorld>[0] = {}): Promise<void> => {
    world = await startCliWorld(script)
    job = await world.file('job.yaml', HELLO)
  }
  afterEach(() => world.stop())

  it('writes the result to stdout and nothing else', async () => {
    await begin()
    const { code, stdout, stderr } = await world.weft(['run', job])
    assert.deepEqual([code, stdout], [0, 'hello\n'])
    assert.match(stderr, /3 of 3 peers agree/)
    assert.match(stderr, /weft job why bafk/)
    assert.ok(!stderr.includes('\u001b'))
  })

  it('signs with the wallet, authorises no more than it must, and sends the inputs', async () => {
    await begin()
    const data = await world.file('data.txt', 'some data')
    const { code, stderr } = await world.weft(
      ['run', '-', '--input', `in/a.txt=${data}`, '--input', data, '--price-max', '0.25', '--replicas', '2'],
      { stdin: HELLO },
    )
    assert.equal(code, 0, stderr)
    const sent = world.peer.submitted[0]
    assert.equal(sent?.spec.account, world.wallet)
    assert.deepEqual([sent.spec.priceMax, sent.spec.authorised, sent.spec.replicas], [250_000n, 250_500n, 2])
    assert.deepEqual(
      sent.spec.inputs.map((file) => file.path),
      ['in/a.txt', 'data.txt'],
    )
    assert.deepEqual(sent.blobs, [utf8('some data'), utf8('some data')])
  })

  it('prints one document with --json', async () => {
    await begin()
    const { code, stdout, stderr } = await world.weft(['run', job, '--json'])
    const document = JSON.parse(stdout) as Record<string, unknown>
    assert.deepEqual([code, stderr, document['schemaVersion'], document['state']], [0, '', 1, 'completed'])
    assert.equal(stdout.trim().split('\n').length, 1)
  })

  it('signs again with the next number when the number is taken', async () => {
    await begin({ refusals: ['SEQ_TAKEN', 'SEQ_TAKEN'] })
    const { code, stderr } = await world.weft(['run', job])
    assert.equal(code, 0, stderr)
    assert.deepEqual(
      world.peer.submitted.map(({ spec }) => spec.seq),
      [1, 2, 3],
    )
  })

  it('counts the numbers that it lost, not how often the account had yet to show what was committed', async () => {
    await begin({ refusals: [...Array(16)].flatMap(() => ['AUTHORISATION_SHORT', 'SEQ_TAKEN'] as const) })
    const { code, stderr } = await world.weft(['run', job])
    assert.equal(code, 0, stderr)
    assert.deepEqual(
      world.peer.submitted.map(({ spec }) => spec.seq),
      [...Array(33).keys()].map((i) => i + 1),
    )
  })

  it('gives up on numbers that stay taken', async () => {
    await begin({ refusals: Array.from({ length: 40 }, () => 'SEQ_REPLAYED' as const) })
    assert.equal((await world.weft(['run', job])).code, 1)
    assert.equal(world.peer.submitted.length, 32)
  })

  it('says what, why and the next step when credits are short', async () => {
    await begin({ refusals: ['CREDITS_SHORT', 'CREDITS_SHORT'] })
    const { code, stdout, stderr } = await world.weft(['run', job])
    assert.deepEqual([code, stdout], [5, ''])
    const lines = stderr.trim().split('\n')
    assert.equal(lines.length, 3)
    assert.match(lines[0] ?? '', /^error CREDITS_SHORT: /)
    assert.match(lines[2] ?? '', /next: lower the price limit/)
    const asked = await world.weft(['run', job, '--json'])
    const { error } = JSON.parse(asked.stdout) as { error: Record<string, unknown> }
    assert.deepEqual([asked.code, asked.stderr, error['code'], error['exit']], [5, '', 'CREDITS_SHORT', 5])
  })

  it('shows the end of stderr of a job that failed', async () => {
    await begin({ ends: 'failed', stderr: 'Traceback\nZeroDivisionError\n', stdout: utf8('half') })
    const { code, stdout, stderr } = await world.weft(['run', job])
    assert.deepEqual([code, stdout], [4, ''])
    assert.match(stderr, /ZeroDivisionError[\s\S]*error PROGRAM_FAILED[\s\S]*next: weft job logs bafk/)
  })

  it('names the constraint that no peer meets', async () => {
    await begin({ ends: 'no-peer' })
    const { code, stderr } = await world.weft(['run', job])
    assert.equal(code, 6)
    assert.match(stderr, /PRICE_HIGH \(asks up to 0.00002 credits/)
  })

  it('prints the id and does not wait with --detach and --ids', async () => {
    await begin({ ends: 'never' })
    const detached = await world.weft(['run', job, '--detach'])
    assert.match(detached.stdout, /^bafk\w{55}\n$/)
    assert.match(detached.stderr, /weft job logs --follow/)
    const ids = await world.weft(['run', job, '--ids'])
    assert.deepEqual([ids.code, ids.stderr], [0, ''])
  })

  it('leaves the job running on Ctrl-C, and says how to follow it', async () => {
    await begin({ ends: 'never' })
    const running = world.start(['run', job])
    await running.said('acknowledged')
    running.child.kill('SIGINT')
    const { code, stdout, stderr } = await running.ended
    assert.deepEqual([code, stdout], [130, ''])
    assert.match(stderr, /next: weft job logs --follow bafk/)
  })

  it('stops waiting after --timeout', async () => {
    await begin({ ends: 'never' })
    const { code, stderr } = await world.weft(['run', job, '--timeout', '1'])
    assert.equal(code, 124)
    assert.match(stderr, /next: weft job show bafk/)
  })

  it('streams what the replicas print with --follow, beside the result', async () => {
    await begin()
    const { stdout, stderr } = await world.weft(['run', job, '--follow'])
    assert.equal(stdout, 'hello\n')
    assert.match(stderr, /^\w{8} \| hello$/m)
  })

  it('asks a small network for fewer replicas, and says so', async () => {
    await begin({ members: 2 })
    const { stderr } = await world.weft(['run', job])
    assert.equal(world.peer.submitted[0]?.spec.replicas, 2)
    assert.match(stderr, /2 peers can run it: 2 of 3 replicas/)
  })

  it('asks for what the file says, also of a small network', async () => {
    await begin({ members: 2 })
    await world.weft(['run', '-'], { stdin: `${HELLO}replicas: 3\n` })
    assert.equal(world.peer.submitted[0]?.spec.replicas, 3)
  })

  it('refuses bad input before it signs: exit 2', async () => {
    await begin()
    const tries: [string[], string, RegExp][] = [
      [
        ['run', '-'],
        HELLO.replace('name: hello', 'names: hello'),
        /JOB_MALFORMED[\s\S]*<stdin>:2:1: .*did you mean "name"/,
      ],
      [
        ['run', '-'],
        HELLO.replace('type: python', 'type: pyhton'),
        /ENGINE_UNKNOWN[\s\S]*pyhton[\s\S]*use one of: noop, python/,
      ],
      [['run', '-'], HELLO.replace('code:', 'kode:'), /JOB_MALFORMED[\s\S]*needs code or file/],
      [['run', 'nowhere.yaml'], '', /INPUT_MISSING[\s\S]*nowhere.yaml/],
      [['run', '-', '--input', 'nowhere'], HELLO, /INPUT_MISSING/],
      [['run', '-', '--price-max', 'much'], HELLO, /USAGE/],
      [['run', '-', '-k', job], HELLO, /KEY_UNREADABLE/],
    ]
    for (const [args, stdin, expected] of tries) {
      const { code, stdout, stderr } = await world.weft(args, { stdin })
      assert.deepEqual([code, stdout], [2, ''], stderr)
      assert.match(stderr, expected)
    }
    assert.equal(world.peer.submitted.length, 0)
  })
})
