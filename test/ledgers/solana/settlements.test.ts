import assert from 'node:assert/strict'
import { type Settlement, Settlements } from '#node/adapters/ledgers/solana/settlements.ts'
import { createMemoryStore } from '#node/adapters/store/memory.ts'
import { utf8 } from '#protocol/wire/hash.ts'
import { RULES_VERSION } from '#protocol/wire/header.ts'
import { encodeKey } from '#protocol/wire/keys.ts'
import { World } from '../local-chain/world.ts'

const account = encodeKey(new Uint8Array(32).fill(3))
const END = {
  summary: utf8('how it ended'),
  proof: { index: 0, size: 1, path: [] },
  metaLeaf: new Uint8Array(32).fill(1),
  totalsRoot: new Uint8Array(32).fill(2),
}

function settlement(height: number, end?: Settlement['end']): Settlement {
  const header = {
    domain: new Uint8Array(32),
    account,
    stateRoot: new Uint8Array(32),
    epoch: 1,
    height,
    timeMs: height,
    spent: BigInt(height),
    reserved: 0n,
    lastSeq: 1,
    rulesVersion: RULES_VERSION,
    sealed: false,
  }
  const signatures = new Map([[account, new Uint8Array(64)]])
  return { header, signatures, totals: new Map([[account, 5n]]), jobsAndMeta: new Uint8Array(32), end }
}

describe('what could be settled', () => {
  it('keeps the newest header, the proof of a job’s end, and both over a restart', async () => {
    const store = createMemoryStore()
    await store.open()
    const { log } = new World()
    const settlements = await Settlements.open(store, log)
    assert.equal(settlements.offer(settlement(4)), true)
    assert.equal(settlements.offer(settlement(3)), false, 'older')
    assert.equal(settlements.offer(settlement(4)), false, 'the same again')
    assert.equal(settlements.offer(settlement(4, END)), true, 'the same, with what only witnesses have')
    assert.equal(settlements.offer(settlement(4)), false, 'gossip does not take the proof away')
    await settlements.flush()
    const again = await Settlements.open(store, log)
    assert.deepEqual(again.at(account, 1)?.end, END)
    assert.equal(again.offer(settlement(5)), true)
    await again.flush()
    assert.equal((await Settlements.open(store, log)).at(account, 1)?.end, undefined)
  })
})
