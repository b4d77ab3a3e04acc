import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request } from 'node:http'
import { Keypair, SystemProgram, Transaction } from '@solana/web3.js'
import { WebSocket } from 'ws'
import { fundedWallet, rpc, SOL, World } from './world.ts'

describe('local chain: bad input', () => {
  const world = new World()
  afterEach(() => world.end())

  async function post(url: string, body: string): Promise<{ status: number; json: Record<string, unknown> }> {
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
    const text = await response.text()
    return { status: response.status, json: response.status === 200 ? Object(JSON.parse(text)) : {} }
  }

  it('answers with the codes of a cluster', async () => {
    const chain = await world.chain()
    const code = async (method: string, params: unknown) => Object((await rpc(chain, method, params))['error']).code
    assert.equal(await code('noSuchMethod', []), -32601)
    assert.equal(await code('getBalance', ['nonsense']), -32602)
    assert.equal(await code('getBalance', []), -32602)
    assert.equal(await code('sendTransaction', ['AAAA', { encoding: 'base64' }]), -32602)
    assert.equal(await code('getSlot', [{ minContextSlot: 1e9 }]), -32016)
    assert.equal(Object((await post(chain.rpcUrl, '{')).json['error']).code, -32700)
    assert.equal(Object((await post(chain.rpcUrl, '{"id":1}')).json['error']).code, -32600)
    assert.equal(Object((await post(chain.rpcUrl, '[]')).json['error']).code, -32600)
  })

  it('refuses a wrong signature with -32003 and a failing transaction with -32002 and its logs', async () => {
    const chain = await world.chain()
    const connection = world.connect(chain)
    const wallet = await fundedWallet(connection)
    const { blockhash, lastValidBlockHeight } = await connection.getLatestBlockhash()
    const pay = new Transaction({ feePayer: wallet.publicKey, blockhash, lastValidBlockHeight })
    pay
      .add(
        SystemProgram.transfer({
          fromPubkey: wallet.publicKey,
          toPubkey: Keypair.generate().publicKey,
          lamports: 100 * SOL,
        }),
      )
      .sign(wallet)
    const raw = pay.serialize()
    const failing = await rpc(chain, 'sendTransaction', [raw.toString('base64'), { encoding: 'base64' }])
    assert.equal(Object(failing['error']).code, -32002)
    assert.match(Object(failing['error']).data.logs.join(), /insufficient lamports/)
    // Preflight costs nothing and leaves nothing behind; without it the same transaction lands, fails and pays its fee.
    assert.equal(await connection.getBalance(wallet.publicKey), 10 * SOL)
    assert.equal((await connection.getSignaturesForAddress(wallet.publicKey)).length, 1)
    await connection.sendRawTransaction(raw, { skipPreflight: true })
    assert.equal(await connection.getBalance(wallet.publicKey), 10 * SOL - 5_000)
    assert.equal((await connection.getSignaturesForAddress(wallet.publicKey)).length, 2)
    raw[10] = 255 - (raw[10] ?? 0)
    for (const skipPreflight of [false, true]) {
      const forged = await rpc(chain, 'sendTransaction', [
        raw.toString('base64'),
        { encoding: 'base64', skipPreflight },
      ])
      assert.equal(Object(forged['error']).code, -32003)
    }
  })

  it('bounds bodies, batches and subscriptions', async () => {
    const chain = await world.chain()
    const call = { jsonrpc: '2.0', id: 1, method: 'getSlot' }
    assert.equal(Object((await post(chain.rpcUrl, JSON.stringify(Array(100).fill(call)))).json)[99].id, 1)
    assert.equal(Object((await post(chain.rpcUrl, JSON.stringify(Array(101).fill(call)))).json['error']).code, -32600)
    assert.equal((await post(chain.rpcUrl, ' '.repeat(600 * 1_024))).status, 413)
    const socket = new WebSocket(chain.wsUrl)
    await once(socket, 'open')
    const last = new Promise<unknown>((resolve) => {
      socket.on('message', (data) => {
        const message: unknown = JSON.parse(String(data))
        if (Object(message).id === 1_001) resolve(message)
      })
    })
    for (let id = 1; id <= 1_001; id++) socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'rootSubscribe' }))
    assert.equal(Object(Object(await last).error).code, -32602)
    socket.terminate()
  })

  it('serves loopback only', async () => {
    await assert.rejects(world.chain({ host: '0.0.0.0' }), { code: 'USAGE' })
  })

  it('answers no page of another site, and no page at all about faults', async () => {
    const chain = await world.chain()
    const status = async (headers: Record<string, string>, method = 'getSlot') => {
      const sent = request(chain.rpcUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
      })
      sent.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method }))
      const [response] = await once(sent, 'response')
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk)
      return [Object(response).statusCode, Buffer.concat(chunks).toString()] as const
    }
    assert.equal((await status({ origin: 'https://example.com' }))[0], 403)
    assert.equal((await status({ host: 'example.com' }))[0], 403)
    assert.equal((await status({ origin: 'http://localhost:3000' }))[0], 200)
    assert.match((await status({ origin: 'http://localhost:3000' }, 'weft_getFaults'))[1], /-32601/)
  })

  it('says what holds a port that is in use', async () => {
    const first = await world.chain()
    await assert.rejects(world.chain({ port: first.port }), (error) => {
      assert.match(
        String(error),
        new RegExp(`port ${first.port} is in use by another weft chain, process ${process.pid}.*--port`),
      )
      return Object(error).code === 'PORT_IN_USE'
    })
    const other = createServer((_, response) => response.end('hello')).listen(0, '127.0.0.1')
    await once(other, 'listening')
    world.atEnd(async () => void other.close())
    await assert.rejects(world.chain({ port: Object(other.address()).port }), /another program/)
  })

  it('calls itself what it is', async () => {
    const answer = await rpc(await world.chain(), 'getVersion')
    assert.match(JSON.stringify(answer), /a local Solana VM \(litesvm\), not a validator/)
  })
})
