import assert from 'node:assert/strict'
import type { Task } from '#node/ports/executor.ts'
import type { JobRecord } from '#protocol/account/state.ts'
import { limits } from '#protocol/limits.ts'
import { drawCommittee } from '#protocol/membership/committee.ts'
import { Cluster, key, type Node, type Program, printName } from './cluster.ts'
import { post, untilClosed, untilOffered, untilRecord, untilRejected } from './jobs.ts'

const wallet = key('poster')
const never: Program = () => new Promise(() => undefined)
const alive = (cluster: Cluster): Node[] => cluster.nodes.filter((node) => node !== undefined)
const running = ({ seats }: JobRecord): number => seats.filter(({ role }) => role === 'running').length
const lost = ({ deferred }: JobRecord, peer: string): boolean => deferred.some(([other]) => other === peer)

describe('a network in one process', function () {
  this.timeout(60_000)
  let cluster: Cluster
  const start = async (size: number, program?: Program): Promise<void> => {
    cluster = new Cluster(size, program)
    await cluster.start()
    await untilOffered(alive(cluster), size)
  }
  const indexOf = (peer: string): number => cluster.signers.findIndex((signer) => signer.key === peer)
  afterEach(() => cluster.stop())

  // The committee table of protocol/README.md, and as many replicas as there are peers.
  const table = [
    { members: 1, n: 1, f: 0, q: 1, replicas: 1 },
    { members: 2, n: 1, f: 0, q: 1, replicas: 2 },
    { members: 3, n: 3, f: 0, q: 2, replicas: 3 },
    { members: 5, n: 4, f: 1, q: 3, replicas: 3 },
    { members: 7, n: 7, f: 2, q: 5, replicas: 3 },
  ]
  for (const { members, n, f, q, replicas } of table) {
    it(`of ${members} completes jobs with ${q} of ${n} witnesses`, async () => {
      await start(members)
      const committee = drawCommittee(cluster.registry, wallet.key)
      assert.deepEqual([committee.n, committee.f, committee.q], [n, f, q])
      for (const seq of [1, 2]) {
        const { id } = post(cluster.node(members - 1), wallet, seq, { replicas })
        const { outcome } = await untilClosed(cluster.node(0), id)
        assert.deepEqual([outcome?.state, outcome?.verdict?.agreed], ['completed', replicas])
      }
    })
  }

  it('of one member runs the jobs of its own owner', async () => {
    await start(1)
    const owner = key('owner 0')
    const { id } = post(cluster.node(0), owner, 1, { replicas: 1 })
    assert.equal((await untilClosed(cluster.node(0), id)).outcome?.state, 'completed')
  })

  it('of three goes on with two of them, without the one that posted', async () => {
    await start(3)
    const committee = drawCommittee(cluster.registry, wallet.key)
    const poster = indexOf(committee.witnesses[0] ?? '')
    const { id } = post(cluster.node(poster), wallet, 1, { replicas: 2 })
    await untilRecord(cluster.node(poster), id, () => true)
    await cluster.stopNode(poster)
    const job = await untilClosed(alive(cluster)[0] as Node, id)
    assert.equal(job.outcome?.state, 'completed')
  })

  it('admits one of two jobs that two devices signed with one number, and the account goes on', async () => {
    await start(5)
    const [phone, laptop] = [cluster.node(0), cluster.node(4)]
    const [a, b] = [post(phone, wallet, 1, { name: 'phone' }), post(laptop, wallet, 1, { name: 'laptop' })]
    const device = (node: Node, id: string): Promise<string> =>
      Promise.race([untilClosed(node, id).then(({ outcome }) => outcome?.state ?? ''), untilRejected(node, id)])
    const ends = await Promise.all([device(phone, a.id), device(laptop, b.id)])
    assert.deepEqual(ends.toSorted(), ['SEQ_TAKEN', 'completed'])
    // The one that lost signs again with the next number.
    const again = post(ends[0] === 'SEQ_TAKEN' ? phone : laptop, wallet, 2, { name: 'again' })
    assert.equal((await untilClosed(cluster.node(2), again.id)).outcome?.state, 'completed')
  })

  it('waits for the earlier number when jobs arrive in the wrong order', async () => {
    await start(5)
    const second = post(cluster.node(1), wallet, 2)
    const first = post(cluster.node(1), wallet, 1)
    for (const { id } of [first, second])
      assert.equal((await untilClosed(cluster.node(3), id)).outcome?.state, 'completed')
  })

  it('offers the number of a gap again, which jobs behind it wait for', async () => {
    await start(5)
    const node = cluster.node(1)
    const third = post(node, wallet, 3)
    await untilClosed(cluster.node(3), post(node, wallet, 1).id)
    const nextSeq = await node.watchers.first((notice) => (notice.type === 'head' ? notice.nextSeq : undefined), {
      signal: AbortSignal.timeout(50_000),
      begin: () => node.driver.dispatch({ type: 'account', account: wallet.key }),
    })
    assert.equal(nextSeq, 2)
    post(node, wallet, nextSeq)
    assert.equal((await untilClosed(cluster.node(3), third.id)).outcome?.state, 'completed')
  })

  it('repairs a witness that missed entries: it shows what happened while it was down', async () => {
    await start(5)
    const committee = drawCommittee(cluster.registry, wallet.key)
    const late = indexOf(committee.witnesses[3] ?? '')
    await cluster.stopNode(late)
    const other = alive(cluster)[0] as Node
    const ids: string[] = []
    for (const seq of [1, 2, 3]) {
      const { id } = post(other, wallet, seq)
      ids.push(id)
      await untilClosed(other, id)
    }
    await cluster.startNode(late)
    const { id } = post(cluster.node(late), wallet, 4)
    await untilClosed(cluster.node(late), id)
    const heightOf = (node: Node): number => node.core.states().get(wallet.key)?.height ?? -1
    while (heightOf(cluster.node(late)) < heightOf(other)) await new Promise((resolve) => setImmediate(resolve))
    const state = cluster.node(late).core.states().get(wallet.key)
    assert.deepEqual([...(state?.jobs.keys() ?? [])].filter((job) => ids.includes(job)).sort(), ids.toSorted())
  })

  it('gives the seat of a replica whose engine broke to a standby with a higher fence, and never back', async () => {
    let broken = -1
    const fences = new Map<number, number[]>()
    await start(5, async (peer, task, signal) => {
      if (broken < 0) broken = peer
      fences.set(peer, [...(fences.get(peer) ?? []), task.fence])
      if (peer === broken) return { status: 'engine-failed', reason: 'on purpose' }
      return printName(peer, task, signal)
    })
    const { id } = post(cluster.node(0), wallet, 1)
    const job = await untilClosed(cluster.node(1), id)
    const lost = cluster.signers[broken]?.key ?? ''
    assert.deepEqual([job.outcome?.state, job.outcome?.verdict?.agreed], ['completed', 3])
    assert.deepEqual(job.excluded, [lost])
    assert.equal(fences.get(broken)?.length, 1)
    const first = fences.get(broken)?.[0] ?? 0
    assert.ok(job.seats.some(({ fence, role }) => role === 'revealed' && fence > first))
  })

  it('replaces a replica that vanished, and neither counts nor pays what it says when it comes back', async () => {
    const tasks: { peer: number; task: Task }[] = []
    let released = false
    const release: (() => void)[] = []
    const gate = (): Promise<void> => (released ? Promise.resolve() : new Promise((resolve) => release.push(resolve)))
    await start(5, async (peer, task, signal) => {
      tasks.push({ peer, task })
      await gate()
      return printName(peer, task, signal)
    })
    const watcher = cluster.node(0)
    const { id } = post(watcher, wallet, 1)
    const placed = await untilRecord(watcher, id, (job) => running(job) === 3)
    const gone = placed.seats.find(({ peer, role }) => role === 'running' && indexOf(peer) !== 0)
    assert.ok(gone !== undefined)
    await cluster.stopNode(indexOf(gone.peer))
    const replaced = await untilRecord(watcher, id, (job) => lost(job, gone.peer) && running(job) === 3)
    const fresh = replaced.seats.find(
      ({ peer, role }) =>
        role === 'running' && !placed.seats.some((seat) => seat.peer === peer && seat.role === 'running'),
    )
    assert.ok(fresh !== undefined && fresh.fence > gone.fence)
    // It comes back with its old lease before the others are done.
    await cluster.startNode(indexOf(gone.peer))
    released = true
    for (const go of release) go()
    const job = await untilClosed(watcher, id)
    assert.equal(job.outcome?.state, 'completed')
    assert.ok(!job.outcome?.verdict?.winners.includes(gone.peer))
    const owner = key(`owner ${indexOf(gone.peer)}`).key
    const witnesses = drawCommittee(cluster.registry, wallet.key).witnesses
    const paid = job.outcome?.payments.find(({ payee }) => payee === owner)?.amount ?? 0n
    // As a witness it may have its share of the fee, never a replica's pay.
    const least = job.outcome?.payments.map(({ amount }) => amount).sort((a, b) => Number(b - a))[0] ?? 0n
    assert.ok(witnesses.includes(gone.peer) ? paid < least : paid === 0n)
  })

  it('reveals no result before every replica has committed', async () => {
    const gates: (() => void)[] = []
    let runs = 0
    await start(5, async (peer, task, signal) => {
      const mine = runs++
      if (mine === 2) await new Promise<void>((resolve) => gates.push(resolve))
      return printName(peer, task, signal)
    })
    const watcher = cluster.node(0)
    const { id } = post(watcher, wallet, 1)
    const waiting = await untilRecord(
      watcher,
      id,
      ({ seats }) => seats.filter(({ role }) => role === 'committed').length === 2,
    )
    assert.equal(waiting.phase, 'running')
    // What was committed to stays hidden: no result is in the log, and nobody has been told of one.
    assert.ok(waiting.seats.every(({ result }) => result === null))
    assert.ok(
      waiting.seats
        .filter(({ role }) => role === 'committed')
        .every(({ commitment }) => /^[0-9a-f]{64}$/.test(commitment)),
    )
    for (const open of gates) open()
    const job = await untilClosed(watcher, id)
    assert.deepEqual([job.outcome?.state, job.outcome?.verdict?.agreed], ['completed', 3])
    const commitments = job.seats.filter(({ role }) => role === 'revealed').map(({ commitment }) => commitment)
    assert.equal(new Set(commitments).size, 3, 'equal results hide behind different commitments')
  })

  it('ends a job at its deadline and charges nothing', async () => {
    await start(3, never)
    const deadlineMs = Date.now() + 2_000
    const { id } = post(cluster.node(0), wallet, 1, { deadlineMs })
    const { outcome } = await untilClosed(cluster.node(1), id)
    assert.deepEqual([outcome?.state, outcome?.code, outcome?.charged], ['expired', 'EXPIRED', 0n])
  })

  it('holds no more than its bounds say while many jobs of one wallet are open', async () => {
    await start(4)
    const ids = Array.from({ length: 30 }, (_, i) => post(cluster.node(i % 4), wallet, i + 1, { replicas: 1 }).id)
    for (const id of ids) assert.equal((await untilClosed(cluster.node(0), id)).outcome?.state, 'completed')
    for (const { core } of alive(cluster)) {
      const jobs = core.states().get(wallet.key)?.jobs.size ?? 0
      assert.ok(jobs <= limits.closedJobsInState + limits.openJobsPerAccount)
    }
  })
})
