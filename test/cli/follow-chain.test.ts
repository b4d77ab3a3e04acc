import assert from 'node:assert/strict'
import type { ChainEventView, ChainItem } from '#node/api/chain.ts'
import { startGateway } from '#node/gateway/server.ts'
import type { ChainEvents } from '#node/peer/peer-api.ts'
import { Client, followChain } from '#node/sdk/index.ts'
import { createFakePeer } from '../gateway/fake-peer.ts'

const event = (slot: number): ChainEventView => ({
  ...{ name: 'Deposited', slot, signature: `signature-${slot}`, index: 0 },
  data: { account: 'a', amount: String(slot) },
})
const told = (slot: number, undone = false): ChainItem => ({ type: 'event', event: event(slot), undone })
const LIVE: ChainItem = { type: 'live', agrees: true }

/** A daemon whose chain holds `chain` when somebody asks; each script is what then happens to one connection. */
async function daemon(scripts: readonly (readonly ChainItem[])[], { cut = true } = {}) {
  const asked: { since: number; follow: boolean }[] = []
  const chainEvents: ChainEvents = {
    networkId: 'solana:test/x',
    async *follow({ since, follow, signal }) {
      const script = scripts[asked.push({ since, follow }) - 1] ?? []
      for (const item of script) if (item.type === 'live' || item.event.slot >= since) yield item
      if (!cut && follow) await new Promise((resolve) => signal.addEventListener('abort', resolve))
    },
  }
  const peer = Object.assign(createFakePeer(), { chainEvents })
  const gateway = await startGateway(peer, { host: '127.0.0.1', port: 0, version: '1.2.3' })
  return { client: new Client({ url: gateway.url }), gateway, asked }
}

const brief = (items: readonly ChainItem[]) =>
  items.map((item) => (item.type === 'live' ? 'live' : `${item.undone ? '-' : '+'}${item.event.slot}`))

describe('the events of a chain, through a daemon', () => {
  it('are read to the end', async () => {
    const { client, gateway, asked } = await daemon([[told(1), told(5), LIVE]])
    const items: ChainItem[] = []
    for await (const item of followChain(client, { since: 2, follow: false })) items.push(item)
    assert.deepEqual(items, [told(5), LIVE])
    assert.deepEqual(asked, [{ since: 2, follow: false }])
    await gateway.stop()
  })

  it('go on after a broken connection: nothing twice, and what was rolled back meanwhile is told', async () => {
    const { client, gateway, asked } = await daemon([
      [told(1), told(2), LIVE, told(3), told(4)],
      [told(1), told(2), told(3), told(5), LIVE, told(6), told(5, true)],
    ])
    const items: ChainItem[] = []
    for await (const item of followChain(client, { since: 1, follow: true })) {
      items.push(item)
      if (item.type === 'event' && item.event.slot === 5 && item.undone) break
    }
    assert.deepEqual(brief(items), ['+1', '+2', 'live', '+3', '+4', '+5', '-4', '+6', '-5'])
    assert.equal(asked.length, 2)
    await gateway.stop()
  })

  it('end with the caller', async () => {
    const { client, gateway } = await daemon([[told(1), LIVE]], { cut: false })
    const control = new AbortController()
    const reading = (async () => {
      for await (const item of followChain(client, { since: 0, follow: true, signal: control.signal }))
        if (item.type === 'live') control.abort(new Error('enough'))
    })()
    await assert.rejects(reading, /enough/)
    await gateway.stop()
  })

  it('are refused where there is no chain, and for a slot that is none', async () => {
    const gateway = await startGateway(createFakePeer(), { host: '127.0.0.1', port: 0, version: '1.2.3' })
    const client = new Client({ url: gateway.url })
    const read = async (since: number) => {
      for await (const _ of followChain(client, { since, follow: true })) assert.fail()
    }
    await assert.rejects(read(0), { code: 'LEDGER_OTHER' })
    await assert.rejects(read(-1), { code: 'USAGE' })
    await gateway.stop()
  })
})
