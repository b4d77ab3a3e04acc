import assert from 'node:assert/strict'
import { Cluster, key, type Program, printName } from './cluster.ts'
import { post, untilClosed, untilOffered, untilRecord } from './jobs.ts'

const wallet = key('poster')
const all = (cluster: Cluster) => cluster.nodes.filter((node) => node !== undefined)

describe('after a restart', function () {
  this.timeout(60_000)
  let cluster: Cluster
  afterEach(() => cluster.stop())

  it('of every peer in the middle of a job, the same replicas run it again under the same leases', async () => {
    let life = 1
    // In the first life the programs never end.
    const program: Program = (peer, task, signal) =>
      life > 1 ? printName(peer, task, signal) : new Promise(() => undefined)
    cluster = new Cluster(5, program)
    await cluster.start()
    await untilOffered(all(cluster), 5)
    const { id } = post(cluster.node(0), wallet, 1)
    const before = await untilRecord(
      cluster.node(0),
      id,
      ({ seats }) => seats.filter(({ role }) => role === 'running').length === 3,
    )
    await cluster.stop()
    life = 2
    await cluster.start()
    const after = await untilClosed(cluster.node(1), id)
    assert.equal(after.outcome?.state, 'completed')
    assert.deepEqual(after.excluded, [])
    assert.equal(after.attempts, 1)
    const leases = ({ seats }: typeof after) =>
      seats.filter(({ fence }) => fence > 0).map(({ peer, fence }) => [peer, fence])
    assert.deepEqual(leases(after), leases(before))
  })

  it('the ledger is offered what was certified before, because it may never have got it', async () => {
    cluster = new Cluster(5, printName)
    await cluster.start()
    await untilOffered(all(cluster), 5)
    await untilClosed(cluster.node(1), post(cluster.node(0), wallet, 1).id)
    await cluster.stop()
    const spent = cluster.offered.at(-1)?.spent ?? 0n
    cluster.offered.length = 0
    await cluster.start()
    assert.ok(spent > 0n)
    const first = cluster.offered[0]
    assert.equal(first?.spent, spent)
  })
})
