import assert from 'node:assert/strict'
import type { WhyView } from '#node/api/why.ts'
import { isClosed, python, World } from './world.ts'

describe('weft job why', function () {
  this.timeout(300_000)
  let world: World
  let id: string
  before(async () => {
    // One peer is elsewhere, and one asks too much.
    const flags = (index: number): readonly string[] =>
      index === 0 ? ['--region', 'elsewhere'] : ['--region', 'lab', ...(index === 1 ? ['--price', '1000000000'] : [])]
    world = await World.start({ peers: 5, flags })
    id = await world.post(python('print(1)', 'requirements: { regions: [lab] }\n'))
    // Each peer tells what it has heard.
    await Promise.all(world.up.map((at) => world.untilJob(id, isClosed, { at })))
  })
  after(() => world?.end())

  it('tells the same at every peer: who was eligible, why others were not, the ranking, and equal digests', async () => {
    const answers = await Promise.all(world.up.map((at) => world.weft(['job', 'why', id, '--json'], { at })))
    const whys = answers.map(({ code, stdout, stderr }) => {
      assert.equal(code, 0, stdout + stderr)
      return JSON.parse(stdout) as WhyView
    })
    for (const why of whys) assert.deepEqual(why, whys[0])
    const [why] = whys
    assert.ok(why !== undefined)
    assert.deepEqual([why.matches, why.problem, why.certified === why.recomputed], [true, null, true])
    const job = await world.job(id)
    const ranked = why.peers.filter(({ eligible }) => eligible)
    assert.deepEqual(
      ranked.map(({ rank }) => rank),
      ranked.map((_, i) => i + 1),
    )
    // Who was too slow to accept on a busy machine is placed anew; those that have their seats are not ranked again then.
    const seated = why.peers.filter(({ reason }) => reason?.['code'] === 'EXCLUDED')
    assert.ok(seated.length === 0 || job.attempts > 1, JSON.stringify({ why, job }))
    const fit = [2, 3, 4].map((index) => world.peer(index).ready.peer)
    assert.deepEqual([...ranked, ...seated].map(({ peer }) => peer).sort(), fit.toSorted())
    const { primaries } = job.placement
    assert.ok(primaries.length >= 2 && primaries.every((peer) => fit.includes(peer)), primaries.join())
    const reasonOf = (index: number) =>
      why.peers.find(({ peer }) => peer === world.peer(index).ready.peer)?.reason?.['code']
    assert.deepEqual([reasonOf(0), reasonOf(1)], ['REGION_OTHER', 'PRICE_HIGH'])
  })

  it('says it in words', async () => {
    const { code, stdout } = await world.weft(['job', 'why', id])
    assert.equal(code, 0)
    assert.match(stdout, /RANK +PEER +SCORE OR REASON\n1 /)
    assert.match(stdout, /region/)
    assert.match(stdout, /Match +yes/)
  })
})
