import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { utf8 } from '#protocol/wire/hash.ts'
import { type CliWorld, HELLO, startCliWorld } from './world.ts'

describe('the commands', function () {
  this.timeout(60_000)
  let world: CliWorld
  let id: string
  before(async () => {
    world = await startCliWorld({
      ends: 'outvoted',
      stderr: 'careful\n',
      files: [{ path: 'a/b.txt', bytes: utf8('file') }],
    })
    await world.weft(['run', '-'], { stdin: HELLO })
    id = (await world.weft(['job', 'list', '--ids'])).stdout.trim()
  })
  after(() => world.stop())
  const out = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await world.weft(args)
    assert.equal(code, 0, stderr)
    return stdout
  }

  it('list jobs in a table and as JSON', async () => {
    assert.match(await out('job', 'list'), /^JOB +STATE +NAME[\s\S]*completed +hello +python +2\/3/)
    const { jobs } = JSON.parse(await out('job', 'list', '--json')) as { jobs: { jobId: string }[] }
    assert.deepEqual(
      jobs.map((job) => job.jobId),
      [id],
    )
  })

  it('show a job with seats, verdict, payments and certificate', async () => {
    const text = await out('job', 'show', id)
    for (const part of [
      'Placement',
      'Seats',
      '2 of 3 peers agree',
      'outvoted: ',
      'Payments',
      '0.000012 credits',
      '3 of 4 witnesses',
      'valid',
    ])
      assert.ok(text.includes(part), part)
  })

  it('say why: ranks, reasons in words, both digests', async () => {
    const text = await out('job', 'why', id)
    assert.match(text, /^1 +\w{8} +score 64$/m)
    assert.match(text, /asks up to 0.00002 credits, the job pays 0.00001 credits a replica/)
    assert.match(text, /made no offer/)
    assert.match(text, /Match +yes/)
  })

  it('print logs by stream, and the result into a folder without overwriting', async () => {
    const { stdout, stderr } = await world.weft(['job', 'logs', id])
    assert.equal(stdout, 'hello\nhello\nhello\n')
    assert.match(stderr, /careful/)
    const folder = join(world.home, 'result')
    await out('job', 'output', id, '--dir', folder)
    assert.equal(await readFile(join(folder, 'a/b.txt'), 'utf8'), 'file')
    assert.equal((await world.weft(['job', 'output', id, '--dir', folder])).code, 2)
    assert.equal(await out('job', 'output', id, '--file', 'a/b.txt'), 'file')
    assert.equal(await out('job', 'output', id), 'hello\n')
  })

  it('show status and peers', async () => {
    assert.match(await out('status'), /Network +roster:fake, epoch 1, 5 members/)
    const status = JSON.parse(await out('status', '--json')) as { settings: Record<string, { from: string }> }
    assert.equal(status.settings['apiPort']?.from, 'default')
    assert.match(await out('peer', 'list'), /self +python +2\/2 +1 GiB/)
    assert.equal((await out('peer', 'list', '--ids')).trim().split('\n').length, 5)
  })

  it('cancel only what the wallet posted', async () => {
    world.peer.script.ends = 'never'
    const running = (await world.weft(['run', '-', '--detach', '--ids'], { stdin: HELLO })).stdout.trim()
    assert.match(await out('job', 'cancel', running), /cancelled/)
    assert.match(await out('job', 'cancel', running), /cancelled/)
    world.peer.script.ends = 'outvoted'
    const other = join(world.home, 'other.json')
    await out('keygen', other)
    const refused = await world.weft(['job', 'cancel', id, '-k', other])
    assert.equal(refused.code, 1)
    assert.match(refused.stderr, /SIGNATURE_BAD/)
  })

  it('say that a job ended before it was cancelled', async () => {
    const late = await world.weft(['job', 'cancel', id])
    assert.equal(late.code, 1)
    assert.match(late.stderr, /JOB_ENDED[\s\S]*is completed[\s\S]*weft job show/)
  })

  it('make keys for their owner only, and never twice', async () => {
    const path = join(world.home, 'new.json')
    assert.match(await out('keygen', path), /^[1-9A-HJ-NP-Za-km-z]{43,44}\n$/)
    assert.equal((await stat(path)).mode & 0o777, 0o600)
    const again = await world.weft(['keygen', path])
    assert.equal(again.code, 1)
    assert.match(again.stderr, /KEY_EXISTS/)
  })

  it('validate job files with every position', async () => {
    const good = await world.file('good.yaml', HELLO)
    assert.match(await out('job', 'validate', good), /valid/)
    const bad = await world.file('bad.yaml', `${HELLO}replicas: 99\ncomparator: fuzzy\n`)
    const { code, stderr } = await world.weft(['job', 'validate', bad])
    assert.equal(code, 2)
    assert.match(stderr, /bad.yaml:6:\d+: [\s\S]*bad.yaml:7:\d+: /)
    const told = JSON.parse((await world.weft(['job', 'validate', bad, '--json'])).stdout) as { errors: unknown[] }
    assert.equal(told.errors.length, 2)
  })

  it('hand out invitations', async () => {
    assert.equal(await out('invite', '--uses', '2'), 'weft1-for-2\n')
  })

  it('found a network whose keys are their owner’s only', async () => {
    const home = join(world.home, 'founder')
    assert.match(await out('init', '--home', home), /^roster:/)
    for (const name of ['founder.json', 'wallet.json', 'peer.key'])
      assert.equal((await stat(join(home, name))).mode & 0o777, 0o600)
    assert.equal((await stat(home)).mode & 0o777, 0o700)
    assert.equal((await world.weft(['init', '--home', home])).code, 2)
    assert.deepEqual((await world.weft(['join', 'weft1-nonsense', '--home', join(world.home, 'joiner')])).code, 2)
  })

  it('explain codes', async () => {
    assert.match(await out('explain', 'no_majority'), /replicas do not agree[\s\S]*Exit status: 4/)
    assert.match(await out('explain'), /CREDITS_SHORT +5/)
    assert.equal((await world.weft(['explain', 'NOPE'])).code, 2)
  })

  it('complete in shells that accept the script', async () => {
    execFileSync('bash', ['-n'], { input: await out('completion', 'bash') })
    assert.match(await out('completion', 'fish'), /-a run /)
    assert.match(await out('completion', 'zsh'), /#compdef weft/)
    assert.equal((await world.weft(['completion', 'tcsh'])).code, 2)
  })

  it('say that no daemon answers: exit 3', async () => {
    const empty = join(world.home, 'empty')
    const none = await world.weft(['status', '--home', empty])
    assert.equal(none.code, 3)
    assert.match(none.stderr, /error DAEMON_UNREACHABLE[\s\S]*next: weft up/)
    assert.equal((await world.weft(['status', '--api', 'http://127.0.0.1:9'])).code, 3)
  })

  it('fail with 1 and a next step for what is unknown', async () => {
    const { code, stderr } = await world.weft(['job', 'show', 'nothing'])
    assert.equal(code, 1)
    assert.match(stderr, /NOT_FOUND[\s\S]*next: weft job list/)
  })

  it('explain a wrong command line: exit 2, also as JSON', async () => {
    const typo = await world.weft(['rnu'])
    assert.equal(typo.code, 2)
    assert.match(typo.stderr, /USAGE[\s\S]*Did you mean run/)
    const option = await world.weft(['status', '--nope', '--json'])
    const { error } = JSON.parse(option.stdout) as { error: { code: string } }
    assert.deepEqual([option.code, error.code, option.stderr], [2, 'USAGE', ''])
    assert.equal((await world.weft(['run', '-', '--replicas', 'x'])).code, 2)
  })

  it('colour only where they may', async () => {
    const forced = { FORCE_COLOR: '1' }
    assert.ok((await world.weft(['job', 'show', id], { env: forced })).stdout.includes('\u001b['))
    for (const [args, env] of [
      [['--no-color'], forced],
      [[], { ...forced, NO_COLOR: '1' }],
      [[], { ...forced, TERM: 'dumb' }],
    ] as const) {
      assert.ok(!(await world.weft(['job', 'show', id, ...args], { env })).stdout.includes('\u001b'))
    }
  })

  it('leave nothing behind in the home but what they made', async () => {
    await rm(join(world.home, 'result'), { recursive: true, force: true })
    assert.ok((await readdir(world.home)).every((name) => !name.endsWith('.new')))
  })
})
