/** What a stranger's valid signatures cannot do to a peer (DESIGN section 6): rows of the attack report in protocol/README.md. */
import assert from 'node:assert/strict'
import { storeKeys } from '#node/core/store-keys.ts'
import { sealAccept, sealJob, sealRefusal, sealResult } from '#protocol/account/inputs.ts'
import { limits } from '#protocol/limits.ts'
import { drawCommittee } from '#protocol/membership/committee.ts'
import { blobCid, decode, encode } from '#protocol/wire/canonical.ts'
import { sha256, toHex, utf8 } from '#protocol/wire/hash.ts'
import { Cluster, domain, jobSpec, key, type Node, type Program, printName } from '../core/cluster.ts'
import { post, untilClosed, untilOffered, untilRecord, untilRejected } from '../core/jobs.ts'

const wallet = key('poster')
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 50))

/** The same statement with another's name in it: its signature is wrong. */
function rename(raw: Uint8Array, signer: string): Uint8Array {
  const [kind, , body, signature] = decode(raw) as readonly [string, string, Uint8Array, Uint8Array]
  return encode([kind, signer, body, signature])
}

/** The receipt of a closed job, as a witness shows it to whoever asks. */
async function genuineReceipt(cluster: Cluster, job: string): Promise<Uint8Array> {
  const { send, got } = cluster.stranger(key('asker'))
  for (const node of cluster.nodes) if (node !== undefined) send(node, { type: 'query', job })
  await settled()
  const answer = got.find((frame) => frame.type === 'receipt')
  assert.ok(answer?.type === 'receipt')
  return answer.receipt
}

describe('a stranger', function () {
  this.timeout(60_000)
  let cluster: Cluster
  const nodes = (): Node[] => cluster.nodes.filter((node) => node !== undefined)
  const start = async (size: number, program: Program = printName): Promise<void> => {
    cluster = new Cluster(size, program)
    await cluster.start()
    await untilOffered(nodes(), size)
  }
  afterEach(() => cluster.stop())

  it('takes no room from the wallet and its seat holders with accepts of unknown jobs', async () => {
    await start(4)
    const before = post(cluster.node(0), wallet, 1)
    await untilClosed(cluster.node(0), before.id)
    const { send } = cluster.stranger(key('stranger'))
    for (let i = 0; i < 2 * limits.pendingPerAccount; i++) {
      const seat = { account: wallet.key, job: blobCid(utf8(`job ${i}`)), fence: 1_000 + i }
      const accept = sealAccept(seat, domain, key(`stranger ${i % 16}`))
      for (const node of nodes()) send(node, { type: 'inputs', inputs: [accept.raw] })
    }
    await settled()
    for (const node of nodes()) assert.equal(node.core.summary().pending, 0)
    const { id } = post(cluster.node(0), wallet, 2)
    const job = await untilRecord(cluster.node(0), id, ({ phase }) => phase === 'closed', 20_000)
    assert.equal(job.outcome?.state, 'completed', job.outcome?.code)
  })

  it('is reported for statements that it forged in the name of a seat holder; the job goes on', async () => {
    await start(4, async (peer, task, signal) => {
      await new Promise((resolve) => setTimeout(resolve, 500))
      return printName(peer, task, signal)
    })
    const { id } = post(cluster.node(0), wallet, 1)
    const { seats } = await untilRecord(cluster.node(0), id, ({ phase }) => phase === 'running')
    const forger = cluster.stranger(key('forger'))
    const [seat] = seats
    assert.ok(seat)
    const forged = Array.from({ length: 300 }, (_, i) => {
      const statement = { account: wallet.key, job: id, fence: seat.fence, reason: 'busy', detail: String(i) } as const
      const { raw } = sealRefusal(statement, domain, forger.signer)
      return rename(raw, seat.peer)
    })
    for (const node of nodes())
      for (let i = 0; i < forged.length; i += limits.inputsPerEntry)
        forger.send(node, { type: 'inputs', inputs: forged.slice(i, i + limits.inputsPerEntry) })
    const job = await untilClosed(cluster.node(0), id)
    assert.equal(job.outcome?.state, 'completed', job.outcome?.code)
    assert.deepEqual([...new Set(cluster.offenders)], [forger.signer.key])
  })

  it('gets no log for a key without funds, and is told so', async () => {
    await start(4)
    for (let i = 0; i < 20; i++) {
      const poor = key(`poor ${i}`)
      cluster.unfunded.add(poor.key)
      const { id } = post(cluster.node(i % 4), poor, 1)
      assert.equal(await untilRejected(cluster.node(i % 4), id), 'CREDITS_SHORT')
    }
    for (const node of nodes()) assert.deepEqual([node.core.summary().logs, [...node.core.states()]], [0, []])
    assert.deepEqual(cluster.offered, [])
  })

  it('leaves nothing on the disk that nobody asked for: no blob, and no body of a result', async () => {
    await start(4)
    const { id } = post(cluster.node(0), wallet, 1)
    await untilClosed(cluster.node(0), id)
    const { send, signer } = cluster.stranger(key('stranger'))
    const junk = utf8('junk')
    const body = new Uint8Array(100_000).fill(1)
    const seat = { account: wallet.key, job: id, fence: 1_000 }
    const end = { status: 'done', code: '', digest: toHex(sha256(body)), output: blobCid(body), logs: '' } as const
    const result = sealResult({ ...seat, ...end, nonce: new Uint8Array(32), meterMs: 1, body }, domain, signer)
    for (const node of nodes()) {
      send(node, { type: 'blob', bytes: junk }, 'bulk')
      send(node, { type: 'inputs', inputs: [result.raw] })
    }
    await settled()
    for (const node of nodes())
      assert.deepEqual([node.core.hasBlob(blobCid(junk)), node.core.hasBlob(blobCid(body))], [false, false])
  })

  it('leaves nothing here of a job that concerns nobody here, though its receipt is genuine', async () => {
    await start(9)
    const { id } = post(cluster.node(0), wallet, 1, { replicas: 1 })
    const { seats } = await untilClosed(cluster.node(0), id)
    const receipt = await genuineReceipt(cluster, id)
    const { witnesses } = drawCommittee(cluster.registry, wallet.key)
    const concerned = new Set([...seats.map(({ peer }) => peer), ...witnesses, cluster.node(0).signer.key])
    const other = nodes().find(({ signer }) => !concerned.has(signer.key))
    assert.ok(other)
    const { send } = cluster.stranger(key('stranger'))
    send(other, { type: 'receipt', receipt })
    await settled()
    assert.equal(await other.store.get(storeKeys.receipt(id)), undefined)
  })

  it('gets a blob once, however often one frame names it', async () => {
    await start(4)
    const input = new Uint8Array(100_000).fill(7)
    const cid = blobCid(input)
    const envelope = sealJob(jobSpec(wallet, 1, { inputs: [{ path: 'a', cid, bytes: input.length }] }), domain, wallet)
    cluster.node(0).driver.dispatch({ type: 'submit', envelope: envelope.raw, blobs: [input] })
    await untilClosed(cluster.node(0), envelope.id)
    const { send, got } = cluster.stranger(key('stranger'))
    const cids = new Array(limits.jobInputFiles).fill(cid)
    for (let i = 0; i < 4; i++) send(cluster.node(0), { type: 'want', cids })
    await settled()
    const blobs = got.filter((frame) => frame.type === 'blob').length
    assert.ok(blobs >= 1 && blobs <= 4, `${blobs} blobs came back`)
  })

  it('shows followers no output of a seat that it does not hold', async () => {
    await start(4, async (peer, task, signal) => {
      await new Promise((resolve) => setTimeout(resolve, 500))
      return printName(peer, task, signal)
    })
    const { id } = post(cluster.node(0), wallet, 1)
    await untilRecord(cluster.node(0), id, ({ phase }) => phase === 'running')
    const stranger = cluster.stranger(key('stranger'))
    stranger.send(cluster.node(0), { type: 'output', job: id, stream: 'stdout', at: 0, chunk: utf8('forged') })
    await untilClosed(cluster.node(0), id)
    const shown = cluster.node(0).notices.filter((notice) => notice.type === 'output')
    assert.deepEqual(
      shown.filter(({ peer }) => peer === stranger.signer.key),
      [],
      toHex(utf8('forged')),
    )
  })
})
