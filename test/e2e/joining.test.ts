import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { get, python, type Running, startPeer, until, weft } from './world.ts'

const JOB = python('print(6 * 7)', 'replicas: 2\n')

describe('a private network over several addresses', function () {
  this.timeout(300_000)
  let folder: string
  const running: Running[] = []
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-join-'))
  })
  after(async () => {
    for (const { child } of running) child.kill('SIGKILL')
    await Promise.all(running.map(({ ended }) => ended))
    await rm(folder, { recursive: true, force: true })
  })

  const homeOf = (name: string): string => join(folder, name)
  const up = async (name: string, host: string, args: readonly string[] = []): Promise<Running> => {
    const flags = ['--home', homeOf(name), '--listen', `/ip4/${host}/tcp/0`, '--no-mdns', '--slots', '2']
    const peer = await startPeer([...flags, ...args], { log: join(folder, `${name}.log`) })
    running.push(peer)
    return peer
  }
  const isMember = async ({ ready }: Running): Promise<boolean> =>
    (await get<{ member: boolean }>(ready.url, '/status')).member
  const invite = async (args: readonly string[] = []): Promise<string> => {
    const { code, stdout, stderr } = await weft(['invite', ...args], { home: homeOf('founder') })
    assert.equal(code, 0, stderr)
    return stdout.trim()
  }

  it('founds, invites and admits; a job of the peer that joined runs on the others', async () => {
    const made = await weft(['init', '--name', 'founder'], { home: homeOf('founder') })
    assert.equal(made.code, 0, made.stderr)
    const founder = await up('founder', '127.0.0.2')
    assert.match(founder.ready.addresses.join(), /\/ip4\/127\.0\.0\.2\//)

    // The token's addresses are enough.
    const second = await up('second', '127.0.0.3', ['--join', await invite()])
    await until('the second peer is a member', () => isMember(second))

    // weft join now, weft up later, with another peer's address besides.
    const prepared = await weft(['join', '-', '--name', 'third'], { home: homeOf('third'), stdin: await invite() })
    assert.equal(prepared.code, 0, prepared.stderr)
    const third = await up(
      'third',
      '127.0.0.4',
      second.ready.addresses.flatMap((one) => ['--bootstrap', one]),
    )
    await until('the third peer is a member', () => isMember(third))

    await until('the third peer knows three offers', async () => {
      const { peers } = await get<{ peers: { offer: unknown }[] }>(third.ready.url, '/peers')
      return peers.filter(({ offer }) => offer !== null).length === 3
    })
    const { code, stdout, stderr } = await weft(['run', '-', '--json'], { home: homeOf('third'), stdin: JOB })
    assert.equal(code, 0, stdout + stderr)
    const { result, job } = JSON.parse(stdout)
    assert.equal(result.stdout.text, '42\n')
    assert.deepEqual(job.verdict.winners.toSorted(), [founder.ready.peer, second.ready.peer].sort())
    assert.equal(job.certificate.valid, true)
  })

  it('admits nobody twice with a token for one, and says why', async () => {
    const token = await invite(['--uses', '1'])
    const first = await up('fourth', '127.0.0.5', ['--join', token])
    await until('the first one is a member', () => isMember(first))
    const late = await up('fifth', '127.0.0.6', ['--join', token])
    await until('the refusal is shown', async () => {
      const { stdout } = await weft(['status'], { home: homeOf('fifth') })
      return /Member +no: the founder's peer refused, the token has been used up/.test(stdout)
    })
    assert.equal(await isMember(late), false)
  })

  it('refuses a token that was changed', async () => {
    const token = await invite()
    const changed = `${token.slice(0, -4)}AAAA`
    const { code, stderr } = await weft(['join', changed], { home: homeOf('sixth') })
    assert.equal(code, 2)
    assert.match(stderr, /TOKEN_INVALID[\s\S]*was changed/)
  })
})
