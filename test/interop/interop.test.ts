import assert from 'node:assert/strict'
import { createLibp2pNetwork, type Libp2pNetwork } from '#node/adapters/network/network.ts'
import { networkHash } from '#node/adapters/network/settings.ts'
import { type Heard, hear, recordOf } from '#test/compliance/network.ts'
import { settingsOf, until } from '#test/network/world.ts'
import { buildGoPeer, GoPeer, goMissing } from './go-peer.ts'

const text = (value: string): Uint8Array => new TextEncoder().encode(value)
const base64 = (value: Uint8Array): string => Buffer.from(value).toString('base64')

describe('a peer written in Go', () => {
  let remove: () => Promise<void> = async () => undefined
  let binary = ''
  let js: Heard<Libp2pNetwork>
  let go: GoPeer

  before(async function () {
    const missing = goMissing()
    if (missing !== undefined) {
      console.log(`      interop skipped: ${missing}`)
      this.skip()
    }
    this.timeout(900_000)
    const built = await buildGoPeer()
    remove = built.remove
    binary = built.binary
  })
  after(() => remove())

  beforeEach(async () => {
    js = await hear(createLibp2pNetwork(settingsOf(1)))
    go = new GoPeer(binary, { hash: networkHash('test'), join: js.network.addresses()[0] ?? '' })
    await until(() => go.heard('ready').length === 1 && js.network.connections().length === 1, 'the Go peer joins')
  })
  afterEach(async () => {
    await go.stop()
    await js.network.stop()
  })

  const goKey = (): string => js.network.connections()[0] ?? ''
  const soon = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(10_000) })

  it('hears our gossip, and we hear its', async () => {
    js.network.subscribe('offers')
    go.tell({ do: 'subscribe', topic: 'offers' })
    await until(() => {
      js.network.publish('offers', text('from js'))
      return go.heard('gossip').length > 0
    }, 'Go hears us')
    assert.equal(go.heard('gossip')[0]?.data, base64(text('from js')))
    await until(() => {
      go.tell({ do: 'publish', topic: 'offers', data: text('from go') })
      return js.gossip.length > 0
    }, 'we hear Go')
    assert.deepEqual(js.gossip[0], { topic: 'offers', from: goKey(), data: text('from go') })
  })

  it('takes our records and gives us its', async () => {
    let took = 0
    for (let attempt = 0; took === 0 && attempt < 200; attempt++) {
      took = await js.network.dhtPut('heads/js', recordOf(1, 'js'), soon())
      await new Promise(setImmediate)
    }
    assert.equal(took, 1)
    go.tell({ do: 'get', key: 'heads/js' })
    await until(() => go.heard('got').length === 1, 'Go finds our record')
    assert.equal(go.heard('got')[0]?.data, base64(recordOf(1, 'js')))

    go.tell({ do: 'put', key: 'heads/go', data: recordOf(5, 'go') })
    await until(() => go.heard('put').length === 1, 'Go stores its record')
    assert.equal(go.heard('put')[0]?.error, undefined)
    assert.deepEqual(await js.network.dhtGet('heads/go', soon()), recordOf(5, 'go'))
    assert.equal(await js.network.dhtPut('heads/go', recordOf(4, 'old'), soon()), 0)
  })

  it('exchanges frames with us on the control stream, also long ones', async () => {
    const long = new Uint8Array(1_000_000).fill(3)
    js.network.send(goKey(), 'control', text('one'))
    js.network.send(goKey(), 'control', long)
    js.network.send(goKey(), 'control', text('two'))
    await until(() => go.heard('frame').length === 3, 'Go reads our frames')
    assert.deepEqual(
      go.heard('frame').map((one) => one.data),
      [text('one'), long, text('two')].map(base64),
    )
    go.tell({ do: 'send', data: text('three') })
    go.tell({ do: 'send', data: long })
    await until(() => js.frames.length === 2, 'we read its frames')
    assert.deepEqual(js.frames, [
      { from: goKey(), channel: 'control', frame: text('three') },
      { from: goKey(), channel: 'control', frame: long },
    ])
  })
})
