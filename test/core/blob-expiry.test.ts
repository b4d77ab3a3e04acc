import assert from 'node:assert/strict'
import { storeKeys } from '#node/core/store-keys.ts'
import type { Task } from '#node/ports/executor.ts'
import type { JobRecord } from '#protocol/account/state.ts'
import type { JobSpec } from '#protocol/job/spec.ts'
import { limits } from '#protocol/limits.ts'
import { blobCid } from '#protocol/wire/canonical.ts'
import { utf8 } from '#protocol/wire/hash.ts'
import { Cluster, key, type Program, printName } from './cluster.ts'
import { post, untilClosed, untilOffered, untilRecord } from './jobs.ts'
import { SteppedClock } from './stepped-clock.ts'

const hour = 3_600_000
const { resultsKeptMs } = limits
/** What is kept may stay for so much longer. */
const SLACK_MS = 2 * hour
/** So much before a blob may go it is needed again. */
const SHORTLY_MS = 600_000
/** Longer than the time between two sweeps. */
const SWEEP_MS = 61_000
const wallet = key('poster')
const bytes = utf8('the input')
const input = { path: 'input.txt', cid: blobCid(bytes), bytes: bytes.length }

describe('a blob', function () {
  this.timeout(60_000)
  let cluster: Cluster
  let clock: SteppedClock
  /** How far the first peer's calendar is ahead of the others'. */
  let aheadMs = 0
  const start = async (program?: Program, size = 1): Promise<void> => {
    aheadMs = 0
    clock = new SteppedClock(Date.now())
    cluster = new Cluster(size, program, (node) => (node === 0 ? clock.ahead(() => aheadMs) : clock))
    await cluster.start()
    await clock.until(untilOffered([cluster.node(0)], size))
  }
  afterEach(() => cluster.stop())

  const spec = (patch: Partial<JobSpec> = {}): Partial<JobSpec> => {
    const nowMs = clock.wallMs()
    return { replicas: 1, inputs: [input], createdMs: nowMs, deadlineMs: nowMs + 60_000, ...patch }
  }
  /** A job of which no run ends for an hour. */
  const long = (): Partial<JobSpec> =>
    spec({
      deadlineMs: clock.wallMs() + limits.deadlineMaxMs - hour,
      priceMax: 10_000_000n,
      requirements: { timeMs: hour, memoryBytes: 2 ** 20, regions: [], gpuMemoryBytes: 0, models: [] },
    })
  const closed = (job: string) => clock.until(untilClosed(cluster.node(0), job))
  /** Sets the calendar forward and lets the store be swept. */
  const later = async (forMs: number): Promise<void> => {
    clock.sleep(forMs)
    await clock.pass(SWEEP_MS)
  }
  /** True if the blob is here: what the core claims and what the store holds must be the same. */
  const isHere = async (cid: string, node = 0): Promise<boolean> => {
    const { core, store } = cluster.node(node)
    const stored = (await store.get(storeKeys.blob(cid))) !== undefined
    assert.equal(core.hasBlob(cid), stored)
    return stored
  }
  /** The ids of the open jobs that this witness has admitted. */
  const openJobs = (): string[] =>
    [...cluster.node(0).core.states().values()].flatMap(({ jobs }) =>
      [...jobs.values()].flatMap(({ id, phase }) => (phase === 'closed' ? [] : id)),
    )

  it('that was swept is not claimed any more, and no job is admitted on it until it is here again', async () => {
    await start()
    await closed(post(cluster.node(0), wallet, 1, spec(), [bytes]).id)
    assert.ok(await isHere(input.cid))
    await later(resultsKeptMs + SLACK_MS)
    assert.ok(!(await isHere(input.cid)))
    const { id, raw } = post(cluster.node(0), wallet, 2, spec())
    await clock.pass(5_000)
    assert.deepEqual(openJobs(), [])
    cluster.node(0).driver.dispatch({ type: 'submit', envelope: raw, blobs: [bytes] })
    const { outcome } = await closed(id)
    assert.equal(outcome?.state, 'completed')
  })

  it('stays until the deadline of a job that relies on it, and as long as results are kept', async () => {
    const program: Program = (peer, task, signal) =>
      seqOf(task) === 1 ? printName(peer, task, signal) : new Promise(() => undefined)
    await start(program, 3)
    await closed(post(cluster.node(0), wallet, 1, spec(), [bytes]).id)
    await later(resultsKeptMs - SHORTLY_MS)
    const patch = long()
    const { id } = post(cluster.node(0), wallet, 2, patch)
    await clock.until(untilRecord(cluster.node(0), id, isRunning))
    await later(2 * SHORTLY_MS)
    assert.deepEqual(openJobs(), [id])
    for (const node of [0, 1, 2]) assert.ok(await isHere(input.cid, node))
    await later((patch.deadlineMs ?? 0) + resultsKeptMs - SWEEP_MS - 1_000 - clock.wallMs())
    for (const node of [0, 1, 2]) assert.ok(await isHere(input.cid, node))
    await later(SLACK_MS)
    for (const node of [0, 1, 2]) assert.ok(!(await isHere(input.cid, node)))
  })

  it('of an open job stays however far the calendar is set forward', async () => {
    await start(() => new Promise(() => undefined), 3)
    const { id } = post(cluster.node(0), wallet, 1, long(), [bytes])
    await clock.until(untilRecord(cluster.node(0), id, isRunning))
    // The time of the log, which ends jobs, is that of the others.
    aheadMs = 30 * 24 * hour
    await clock.pass(SWEEP_MS)
    assert.deepEqual(openJobs(), [id])
    assert.ok(await isHere(input.cid))
  })

  it('that is a result once more stays as long as the newer result', async () => {
    await start()
    const patch = { inputs: [], engine: { type: 'noop', params: { text: 'the same' } } }
    const first = await closed(post(cluster.node(0), wallet, 1, spec(patch)).id)
    const output = first.outcome?.output ?? ''
    await later(resultsKeptMs - hour)
    const second = await closed(post(cluster.node(0), wallet, 2, spec(patch)).id)
    assert.equal(second.outcome?.output, output)
    await later(resultsKeptMs - hour)
    assert.ok(await isHere(output))
    await later(SLACK_MS + hour)
    assert.ok(!(await isHere(output)))
  })

  it('is claimed after a restart only if it is here, and for as long as before', async () => {
    await start()
    await closed(post(cluster.node(0), wallet, 1, spec(), [bytes]).id)
    await later(resultsKeptMs - hour)
    await closed(post(cluster.node(0), wallet, 2, spec()).id)
    await cluster.stop()
    await cluster.start()
    await later(SLACK_MS)
    assert.ok(await isHere(input.cid))
    await later(resultsKeptMs + 24 * hour)
    assert.ok(!(await isHere(input.cid)))
    await cluster.stop()
    await cluster.start()
    assert.ok(!(await isHere(input.cid)))
  })

  it('of which the store has only the date is not claimed', async () => {
    await start()
    await closed(post(cluster.node(0), wallet, 1, spec(), [bytes]).id)
    await cluster.node(0).store.write([{ del: storeKeys.blob(input.cid) }], { durable: false })
    await cluster.stop()
    await cluster.start()
    assert.ok(!(await isHere(input.cid)))
  })
})

function isRunning({ seats }: JobRecord): boolean {
  return seats.some(({ role }) => role === 'running')
}

function seqOf(task: Task): number {
  return Number(String(task.engine.params['text']).split(' ')[1])
}
