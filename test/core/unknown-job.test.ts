import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { PeerFacade } from '#node/peer/answers/facade.ts'
import type { ApiParts } from '#node/peer/answers/parts.ts'
import { blobCid } from '#protocol/wire/canonical.ts'
import { utf8 } from '#protocol/wire/hash.ts'
import { Cluster, domain } from './cluster.ts'

describe('a question about a job that nobody knows', () => {
  const cluster = new Cluster(3)
  before(() => cluster.start())
  after(() => cluster.stop())

  it('is answered NOT_FOUND in the time that it was given, also when memory is collected meanwhile', async () => {
    setFlagsFromString('--expose-gc')
    const collect: unknown = runInNewContext('gc')
    assert.ok(typeof collect === 'function')
    const { core, driver, store, watchers } = cluster.node(0)
    const parts: Partial<ApiParts> = { core, driver, store, notices: watchers, domain }
    const peer = new PeerFacade(parts as ApiParts)
    const client = new AbortController()
    const asking = peer.job(blobCid(utf8('no job')), { signal: client.signal, waitMs: 300 })
    const collecting = setInterval(() => Reflect.apply(collect, undefined, []), 20)
    try {
      await assert.rejects(asking, { code: 'NOT_FOUND', message: /within 0.3 s/ })
    } finally {
      clearInterval(collecting)
    }
    const reason = new Error('the client went away')
    client.abort(reason)
    await assert.rejects(peer.job(blobCid(utf8('no job')), { signal: client.signal }), reason)
  })
})
