import assert from 'node:assert/strict'
import type { AccountView } from '#node/api/accounts.ts'
import type { JobView } from '#node/api/job-view.ts'
import { get, isClosed, python, type Running, World } from './world.ts'

/** Works for a while, in its own time. */
const slow = (seconds: number, more = ''): string => python(`import time\ntime.sleep(${seconds})\nprint("done")`, more)
const LIAR = 4

async function outputOf(at: Running, job: JobView): Promise<string> {
  const { stdout } = await get<{ stdout: { text: string } }>(at.ready.url, `/jobs/${job.jobId}/output`)
  return stdout.text
}

function assertCompleted(job: JobView): void {
  assert.equal(job.state, 'completed', JSON.stringify(job))
  assert.equal(job.certificate?.valid, true)
}

describe('a network without a coordinator', function () {
  this.timeout(300_000)
  let world: World
  before(async () => {
    // Jobs that ask for the laboratory run on three peers, one of them the liar; all others run elsewhere as well.
    const flags = (index: number) => ['--region', index >= 2 ? 'lab' : '']
    world = await World.start({ peers: 5, flags, liar: LIAR })
  })
  after(() => world?.end())
  afterEach(() => world.heal())

  it('completes a job whose poster was killed right after the acknowledgement, and any peer returns the result', async () => {
    const poster = world.peer(0)
    const id = await world.post(slow(1), { at: poster })
    await world.kill(0)
    for (const at of world.up.filter(({ ready }) => ready.url !== '')) {
      const job = await world.untilJob(id, isClosed, { at })
      assertCompleted(job)
      assert.equal(await outputOf(at, job), 'done\n')
    }
  })

  it('replaces a replica that was killed in the middle by a standby with a higher fence', async () => {
    const id = await world.post(slow(4, 'replicas: 3\n'))
    const placed = await world.untilJob(id, ({ seats }) => seats.filter(({ role }) => role === 'running').length === 3)
    const honest = placed.seats.filter(({ role, peer }) => role === 'running' && world.indexOf(peer) !== LIAR)
    const victim = honest[0]
    assert.ok(victim !== undefined)
    assert.ok(placed.seats.some(({ role }) => role === 'standby'))
    await world.kill(world.indexOf(victim.peer))
    const job = await world.untilJob(id, isClosed, { at: world.other(victim.peer) })
    assertCompleted(job)
    const fresh = job.seats.filter(({ peer }) => !placed.placement.primaries.includes(peer) && peer !== victim.peer)
    assert.ok(!job.seats.some(({ peer }) => peer === victim.peer))
    assert.ok(fresh.some(({ role, fence }) => role === 'revealed' && fence > victim.fence))
    assert.ok(job.earned.every(({ peer }) => peer !== victim.peer))
  })

  it('places new jobs while one witness of four is down', async () => {
    const { witnesses, n } = await get<AccountView>(world.other().ready.url, `/accounts/${world.signer.key}`)
    assert.equal(n, 4)
    const dead = witnesses.find((key) => world.indexOf(key) !== LIAR) ?? ''
    await world.kill(world.indexOf(dead))
    for (let i = 0; i < 3; i++) {
      const { code, stdout, stderr } = await world.run(slow(0), [], { at: world.other(dead) })
      assert.equal(code, 0, stderr)
      assert.equal(stdout, 'done\n')
    }
  })

  it('loses nothing that was acknowledged when every peer is killed at once in the middle of a job', async () => {
    const quick = await world.post(slow(0))
    const long = await world.post(slow(8))
    const before = await world.untilJob(long, ({ seats }) => seats.some(({ role }) => role === 'running'))
    assert.equal(before.closedMs, null)
    await Promise.all(world.up.map(({ ready }) => world.kill(world.indexOf(ready.peer))))
    assert.equal(world.up.length, 0)
    await world.heal()
    for (const id of [quick, long]) {
      const job = await world.untilJob(id, isClosed)
      assertCompleted(job)
      assert.equal(await outputOf(world.other(), job), 'done\n')
    }
  })

  it('outvotes a replica with a wrong result, names it in the receipt and does not pay it', async () => {
    const liar = world.peer(LIAR).ready
    const { code, stdout, stderr } = await world.run(slow(0, 'requirements: { regions: [lab] }\n'))
    assert.deepEqual([code, stdout], [0, 'done\n'], stderr)
    assert.match(stderr, /2 of 3 peers agree[\s\S]*outvoted: /)
    const [id] = (await world.weft(['job', 'list', '--ids', '--limit', '1'])).stdout.split('\n')
    const job = await world.job(id ?? '')
    assert.deepEqual(job.verdict?.outvoted, [liar.peer])
    assert.equal(job.verdict?.winners.length, 2)
    assert.ok(job.earned.length > 0)
    assert.ok(job.earned.every(({ peer }) => peer !== liar.peer))
    const show = await world.weft(['job', 'show', job.jobId])
    assert.match(show.stdout, new RegExp(`outvoted: ${liar.peer}`))
  })
})
