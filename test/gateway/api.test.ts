import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { accountViewSchema } from '#node/api/accounts.ts'
import { jobViewSchema } from '#node/api/job-view.ts'
import { type Prepared, preparedSchema } from '#node/api/jobs.ts'
import { peerInfoSchema } from '#node/api/network.ts'
import { problemSchema } from '#node/api/problem.ts'
import { logsSchema, outputSchema } from '#node/api/results.ts'
import { whySchema } from '#node/api/why.ts'
import { createApp } from '#node/gateway/app.ts'
import { openApi } from '#node/gateway/openapi.ts'
import { startGateway } from '#node/gateway/server.ts'
import { blobCid, encode } from '#protocol/wire/canonical.ts'
import { utf8 } from '#protocol/wire/hash.ts'
import { createFakePeer } from './fake-peer.ts'
import { rawRequest, request } from './raw.ts'
import { signedJob, startWorld, type World, wallet } from './world.ts'

describe('the gateway', () => {
  let world: World
  beforeEach(async () => {
    world = await startWorld()
  })
  afterEach(() => world.stop())

  const post = async (changes = {}): Promise<string> => {
    const response = await world.post('/api/v1/jobs', signedJob(world.peer, changes))
    assert.equal(response.status, 201)
    return jobViewSchema.parse(await response.json()).jobId
  }
  const problem = async (response: Response) => problemSchema.parse(await response.json())

  it('takes a time to wait for a job, and refuses one that is none', async () => {
    const id = blobCid(utf8('no job'))
    assert.equal((await world.get(`/api/v1/jobs/${id}?wait=0.1`)).status, 404)
    for (const wait of ['-1', '26', '1e3', ''])
      assert.equal((await world.get(`/api/v1/jobs/${id}?wait=${wait}`)).status, 400, wait)
  })

  it('tells status, peers, account and signing domain in their schemas', async () => {
    assert.equal(peerInfoSchema.parse(await (await world.get('/api/v1/status')).json()).members, 5)
    assert.equal((await world.get('/api/v1/peers')).status, 200)
    const account = accountViewSchema.parse(await (await world.get(`/api/v1/accounts/${wallet.key}`)).json())
    assert.equal(account.nextSeq, 1)
    const signing = (await (await world.get('/api/v1/signing')).json()) as Record<string, unknown>
    assert.equal(signing['domain'], Buffer.from(world.peer.signing().domain).toString('base64'))
    assert.equal(signing['schemaVersion'], 1)
  })

  it('tells in one answer what a wallet needs to sign', async () => {
    const body = { wallet: wallet.key, engine: 'python', params: { code: 'print(1)' }, paths: [] }
    const ask = async (changes: object): Promise<Prepared> => {
      const response = await world.post('/api/v1/jobs/prepare', { ...body, ...changes })
      assert.equal(response.status, 200)
      return preparedSchema.parse(await response.json())
    }
    const prepared = await ask({})
    assert.equal(prepared.domain, Buffer.from(world.peer.signing().domain).toString('base64'))
    assert.equal(prepared.network, world.peer.signing().network)
    assert.equal(prepared.account.nextSeq, 1)
    assert.equal(prepared.problem, null)
    assert.deepEqual(prepared.engines, ['noop', 'python'])
    assert.deepEqual(prepared.peersAble, { others: 5, all: 5 })
    const [own] = world.peer.peers()
    assert.ok(own)
    assert.deepEqual((await ask({ wallet: own.owner })).peersAble, { others: 4, all: 5 })
    assert.equal((await ask({ params: {} })).problem, 'engine.params needs code or file.')
    assert.equal((await ask({ version: '3.12' })).problem, null)
    assert.match((await ask({ version: '3.1' })).problem ?? '', /^this peer has no python 3\.1:/)
    assert.equal((await world.post('/api/v1/jobs/prepare', { ...body, wallet: 'nonsense' })).status, 400)
  })

  it('takes a signed job as JSON and as CBOR', async () => {
    await post()
    const { envelope } = signedJob(world.peer, { seq: 2 })
    const body = encode({ envelope: new Uint8Array(Buffer.from(envelope, 'base64')), blobs: [utf8('input')] })
    const response = await fetch(`${world.gateway.url}/api/v1/jobs`, {
      method: 'POST',
      body: new Uint8Array(body),
      headers: { 'content-type': 'application/cbor' },
    })
    assert.equal(response.status, 201)
    const { jobId } = jobViewSchema.parse(await response.json())
    assert.equal(response.headers.get('location'), `/api/v1/jobs/${jobId}`)
    assert.deepEqual(world.peer.submitted[1]?.blobs, [utf8('input')])
  })

  it('refuses what the peer refuses, with code, hint, status and request id', async () => {
    const { envelope } = signedJob(world.peer)
    const forged = Buffer.from(envelope, 'base64')
    forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1
    const response = await world.post('/api/v1/jobs', { envelope: forged.toString('base64') })
    assert.equal(response.headers.get('content-type'), 'application/problem+json')
    const told = await problem(response)
    assert.deepEqual([told.code, told.status, response.status], ['SIGNATURE_BAD', 422, 422])
    assert.equal(told.hint, 'sign again with the right key')
    assert.equal(told.requestId, response.headers.get('x-request-id'))
    world.peer.script.refusals.push('CREDITS_SHORT')
    assert.equal((await world.post('/api/v1/jobs', signedJob(world.peer))).status, 402)
  })

  it('refuses bodies that are not understood, too long or of another type', async () => {
    assert.equal((await world.post('/api/v1/jobs', { envelope: 5 })).status, 400)
    const long = await world.post('/api/v1/jobs', { envelope: 'A'.repeat(8 * 1_024 * 1_024) })
    assert.equal((await problem(long)).code, 'JOB_TOO_LARGE')
    const text = await fetch(`${world.gateway.url}/api/v1/jobs`, { method: 'POST', body: 'x' })
    assert.equal(text.status, 415)
    assert.equal((await world.get('/api/v1/jobs/nonsense')).status, 404)
    assert.equal((await world.get('/api/v1/accounts/nonsense')).status, 400)
    assert.equal((await world.get('/api/v1/jobs?limit=9999')).status, 400)
    assert.equal((await world.get('/nowhere')).status, 404)
  })

  it('cuts off a body that hides its length', async () => {
    const chunk = new Uint8Array(1_024 * 1_024).fill(65)
    const body = new ReadableStream({ pull: (stream) => stream.enqueue(chunk) })
    const options = { method: 'POST', body, duplex: 'half', headers: { 'content-type': 'application/json' } } as const
    const status = await fetch(`${world.gateway.url}/api/v1/jobs`, options).then(
      (response) => response.status,
      () => 413,
    )
    assert.equal(status, 413)
  })

  it('posts once per Idempotency-Key, and refuses the key with another body', async () => {
    const job = signedJob(world.peer)
    const headers = { 'idempotency-key': 'k1' }
    const [first, second] = await Promise.all([
      world.post('/api/v1/jobs', job, headers),
      world.post('/api/v1/jobs', job, headers),
    ])
    assert.deepEqual(await first.json(), await second.json())
    assert.equal(world.peer.submitted.length, 1)
    assert.equal((await world.post('/api/v1/jobs', signedJob(world.peer, { seq: 2 }), headers)).status, 409)
  })

  it('remembers no refusal under an Idempotency-Key', async () => {
    world.peer.script.refusals.push('NO_COMMITTEE')
    const headers = { 'idempotency-key': 'k2' }
    assert.equal((await world.post('/api/v1/jobs', signedJob(world.peer), headers)).status, 503)
    assert.equal((await world.post('/api/v1/jobs', signedJob(world.peer), headers)).status, 201)
  })

  it('shows output, logs, reasons and the list of a finished job', async () => {
    world.peer.script.files.push({ path: 'a.bin', bytes: new Uint8Array([255, 0]) })
    world.peer.script.stderr = 'careful'
    const id = await post()
    await (await world.get(`/api/v1/jobs/${id}/events`)).text()
    const output = outputSchema.parse(await (await world.get(`/api/v1/jobs/${id}/output`)).json())
    assert.equal(output.stdout.text, 'hello\n')
    assert.deepEqual(output.files, [{ path: 'a.bin', bytes: 2, base64: '/wA=' }])
    assert.equal(await (await world.get(`/api/v1/jobs/${id}/output?raw`)).text(), 'hello\n')
    const file = await world.get(`/api/v1/jobs/${id}/output?file=a.bin`)
    assert.deepEqual([...new Uint8Array(await file.arrayBuffer())], [255, 0])
    assert.equal(file.headers.get('x-content-type-options'), 'nosniff')
    const blob = await world.get(`/api/v1/blobs/${output.cid}`)
    assert.ok((await blob.arrayBuffer()).byteLength > 0)
    const logs = logsSchema.parse(await (await world.get(`/api/v1/jobs/${id}/logs`)).json())
    assert.deepEqual(
      logs.logs.map((log) => log.stderr),
      ['careful', 'careful', 'careful'],
    )
    const why = whySchema.parse(await (await world.get(`/api/v1/jobs/${id}/why`)).json())
    assert.deepEqual(why.peers[3]?.reason, { code: 'PRICE_HIGH', cap: '10', worstCase: '20' })
    const list = (await (await world.get(`/api/v1/jobs?account=${wallet.key}&limit=1`)).json()) as { jobs: unknown[] }
    assert.equal(list.jobs.length, 1)
  })

  it('says that a running job has no output yet', async () => {
    const id = await post()
    const told = await problem(await world.get(`/api/v1/jobs/${id}/output`))
    assert.deepEqual([told.code, told.hint], ['NOT_FOUND', `weft job show ${id}`])
  })

  it('cancels the work of a client that goes away', async () => {
    world.peer.script.stuck = true
    const control = new AbortController()
    const asked = fetch(`${world.gateway.url}/api/v1/accounts/${wallet.key}`, { signal: control.signal })
    while (!world.peer.waiting.has('account')) await new Promise(setImmediate)
    control.abort()
    await assert.rejects(asked)
    while (world.peer.aborted.length === 0) await new Promise(setImmediate)
    assert.deepEqual(world.peer.aborted, ['account'])
  })

  it('hands out invitations', async () => {
    const response = await world.post('/api/v1/invites', { uses: 3 })
    assert.deepEqual(await response.json(), { schemaVersion: 1, token: 'weft1-for-3' })
    assert.equal((await world.post('/api/v1/invites', { uses: 0 })).status, 400)
  })

  it('keeps other web pages and rebound names out', async () => {
    const path = '/api/v1/status'
    assert.equal((await request(world.gateway.port, path, { host: 'evil.example' })).status, 403)
    assert.equal((await request(world.gateway.port, path, { host: 'localhost:1' })).status, 200)
    assert.equal(
      (await request(world.gateway.port, path, { host: 'localhost', origin: 'http://evil.example' })).status,
      403,
    )
    assert.equal(
      (await request(world.gateway.port, path, { host: 'localhost', 'sec-fetch-site': 'cross-site' })).status,
      403,
    )
    const response = await world.get(path)
    assert.equal(response.headers.get('access-control-allow-origin'), null)
  })

  it('refuses headers that are too long', async () => {
    const answer = await rawRequest(
      world.gateway.port,
      `GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`,
    )
    assert.match(answer, /^HTTP\/1\.1 431 /)
  })

  it('describes each of its routes, and no other', () => {
    const { app } = createApp(createFakePeer(), { host: '127.0.0.1', version: '1.2.3' })
    const routes = app.routes
      .filter((route) => route.method !== 'ALL')
      .map((route) => `${route.method} ${route.path.replace(/:(\w+)/g, '{$1}')}`)
    const document = openApi('1.2.3')
    const paths = document['paths'] as Record<string, Record<string, unknown>>
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    )
    assert.deepEqual(described.sort(), [...new Set(routes)].sort())
    const names = [...JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)].map(([, name]) => name ?? '')
    const schemas = (document['components'] as { schemas: Record<string, unknown> }).schemas
    assert.deepEqual(
      names.filter((name) => !(name in schemas)),
      [],
    )
  })
})

describe('the gateway behind a token', () => {
  const token = 'a-token-of-enough-letters'

  it('asks every request but the health check for it', async () => {
    const world = await startWorld({}, token)
    try {
      const refused = await world.get('/api/v1/status')
      assert.deepEqual([refused.status, refused.headers.get('www-authenticate')], [401, 'Bearer'])
      assert.equal((await world.get('/api/v1/status', { authorization: 'Bearer wrong' })).status, 401)
      assert.equal((await world.get('/api/v1/status', { authorization: `Bearer ${token}` })).status, 200)
      const health = (await (await world.get('/healthz')).json()) as Record<string, unknown>
      assert.deepEqual(health, { schemaVersion: 1, service: 'weft', ok: true })
    } finally {
      await world.stop()
    }
  })

  it('is not to be had on an open address without one', async () => {
    const peer = createFakePeer()
    await assert.rejects(startGateway(peer, { host: '0.0.0.0', port: 0, version: '1' }), { code: 'CONFIG_INVALID' })
    await assert.rejects(startGateway(peer, { host: '127.0.0.1', port: 0, version: '1', token: 'short' }), {
      code: 'CONFIG_INVALID',
    })
    const open = await startGateway(peer, { host: '0.0.0.0', port: 0, version: '1', token })
    await open.stop()
    await open.stop()
  })
})

describe('a port that is taken', () => {
  it('is told to be a daemon with its pid', async () => {
    const world = await startWorld()
    const { port } = world.gateway
    await assert.rejects(startGateway(createFakePeer(), { host: '127.0.0.1', port, version: '1' }), (error: Error) => {
      assert.match(error.message, new RegExp(`already running on 127.0.0.1:${port}, pid ${process.pid}`))
      return 'code' in error && error.code === 'DAEMON_RUNNING'
    })
    await world.stop()
  })

  it('is told to be another program, with a port to try', async () => {
    const other = createServer((_, response) => response.end('hi')).listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const address = other.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    await assert.rejects(startGateway(createFakePeer(), { host: '127.0.0.1', port, version: '1' }), {
      code: 'PORT_IN_USE',
    })
    other.closeAllConnections()
    other.close()
  })
})
