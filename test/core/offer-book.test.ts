import assert from 'node:assert/strict'
import { Context } from '#node/core/context.ts'
import type { Capacity, Effect } from '#node/core/effects.ts'
import { OfferBook } from '#node/core/offers/offer-book.ts'
import { limits } from '#protocol/limits.ts'
import { type Load, type Profile, sealLoad, sealProfile } from '#protocol/membership/offer.ts'
import { rosterView } from '#protocol/membership/registry.ts'
import { encodeFrame } from '#protocol/messages/frame.ts'
import { networkDomain } from '#protocol/wire/header.ts'
import { keyOf } from '../account/world.ts'
import { inputOf, jobOf } from '../placement/network.ts'

const NETWORK = 'roster:offers'
const second = 1_000
const START_MS = 1e12

const capacity: Capacity = {
  engines: ['noop'],
  slots: 4,
  memoryBytes: 1,
  gpuMemoryBytes: 0,
  models: [],
  region: '',
  pricePerSecond: 1n,
  speedMilli: 1_000,
}

interface Peer {
  readonly context: Context
  readonly offers: OfferBook
}

/** A peer in a network of the named members, with room for the offers of `room` of them. */
function peerOf(name: string, members: readonly string[], room?: number): Peer {
  const view = rosterView(
    1,
    new Uint8Array(32),
    members.map((member) => ({ peer: keyOf(member).key, owner: keyOf('owner').key })),
  )
  const identity = {
    signer: keyOf(name),
    owner: keyOf('owner').key,
    domain: networkDomain(NETWORK),
    networkId: NETWORK,
  }
  const ledger = { registry: () => view, registryAt: () => view, funds: () => undefined }
  const context = new Context({ identity, ledger, random: (length) => new Uint8Array(length) })
  context.now = { wallMs: START_MS, monotonicMs: 0 }
  return { context, offers: new OfferBook(context, room) }
}

function wait(peer: Peer, forMs: number): void {
  const { wallMs, monotonicMs } = peer.context.now
  peer.context.now = { wallMs: wallMs + forMs, monotonicMs: monotonicMs + forMs }
  peer.offers.tick()
}

/** A member's profile and load, signed. */
function signed(name: string, profile: Partial<Profile> = {}, load: Partial<Load> = {}): Uint8Array[] {
  const both = { seq: 1, expiresMs: START_MS + limits.offerTtlMs }
  const domain = networkDomain(NETWORK)
  return [
    sealProfile({ ...both, ...capacity, ...profile }, domain, keyOf(name)).raw,
    sealLoad({ ...both, freeSlots: 4, backlogMs: 0, ...load }, domain, keyOf(name)).raw,
  ]
}

function effectsOf<T extends Effect['type']>(peer: Peer, type: T): Extract<Effect, { type: T }>[] {
  const effects = peer.context.effects.splice(0)
  return effects.flatMap((effect) => (effect.type === type ? [effect as Extract<Effect, { type: T }>] : []))
}

describe('the offer of a peer', () => {
  it('lives on while the load changes all the time', () => {
    const [self, other] = [peerOf('self', ['self']), peerOf('other', ['self'])]
    self.offers.setCapacity(capacity)
    for (let nowMs = second; nowMs < limits.offerTtlMs * 3; nowMs += second) {
      if (nowMs % (5 * second) === 0) self.offers.setBusy((nowMs / (5 * second)) % 4, 0)
      for (const peer of [self, other]) wait(peer, second)
      for (const { frame } of effectsOf(self, 'gossip')) if (frame.type === 'offers') other.offers.receive(frame.offers)
      assert.deepEqual([self.offers.offers().length, other.offers.offers().length], [1, 1], `after ${nowMs} ms`)
    }
  })

  it('is not taken if it would live longer than any honest one', () => {
    const latestMs = START_MS + limits.offerTtlMs + limits.clockSkewMs
    const { offers } = peerOf('self', ['self', 'other'])
    assert.equal(offers.receive(signed('other', { expiresMs: latestMs + 1 }, { expiresMs: latestMs + 1 })), false)
    assert.equal(offers.receive(signed('other', { expiresMs: latestMs }, { expiresMs: latestMs })), true)
  })
})

describe('a full offer book', () => {
  const names = Array.from({ length: 40 }, (_, i) => `member ${i}`)

  it('never holds more members than it has room for, and takes in one of a class that it lacks', () => {
    const peer = peerOf('self', [...names, 'rare'], 16)
    for (const name of names) {
      peer.offers.receive(signed(name))
      assert.ok(peer.offers.offers().length <= 16)
    }
    peer.offers.receive(signed('rare', { engines: ['rare'], pricePerSecond: 1_000n }))
    for (const name of names) peer.offers.receive(signed(name, { seq: 2 }, { seq: 2 }))
    assert.ok(peer.offers.offers().some(({ peer: known }) => known === keyOf('rare').key))
  })
})

describe('a job that nobody known fits', () => {
  const names = Array.from({ length: 20 }, (_, i) => `member ${i}`)
  const job = jobOf({ engine: { type: 'rare', params: {} }, requirements: { models: ['unheard-of'] } })
  const key = 'offers/model/unheard-of'

  function contribute(peer: Peer): void {
    const request = inputOf([], { job, offers: peer.offers.table(), want: 1 })
    peer.offers.contributable([request])
  }

  it('is looked up by its class once a minute, in a network that is too large for the book', () => {
    const peer = peerOf('self', names, 16)
    contribute(peer)
    contribute(peer)
    assert.deepEqual(effectsOf(peer, 'look-up'), [{ type: 'look-up', key }])
    wait(peer, 59 * second)
    contribute(peer)
    assert.deepEqual(effectsOf(peer, 'look-up'), [])
    wait(peer, 2 * second)
    contribute(peer)
    assert.equal(effectsOf(peer, 'look-up').length, 1)
    const small = peerOf('self', names, 20)
    contribute(small)
    assert.deepEqual(effectsOf(small, 'look-up'), [])
  })

  it('is looked up within a budget of its account', () => {
    const peer = peerOf('self', names, 16)
    for (let i = 0; i < 100; i++) {
      const other = jobOf({ requirements: { models: [`model ${i}`] } })
      peer.offers.contributable([inputOf([], { job: other, offers: peer.offers.table(), want: 1 })])
    }
    assert.equal(effectsOf(peer, 'look-up').length, 24)
  })

  it('finds what a member of the class published, and keeps it though the book is full', () => {
    const rare = peerOf('rare', [...names, 'rare'], 16)
    rare.offers.setCapacity({ ...capacity, models: ['unheard-of'], pricePerSecond: 1_000n })
    wait(rare, second)
    const record = effectsOf(rare, 'record').find((effect) => effect.key === key)
    assert.ok(record !== undefined && record.value.length <= limits.dhtRecordBytes - 8)
    const peer = peerOf('self', [...names, 'rare'], 16)
    for (const name of names) peer.offers.receive(signed(name))
    peer.offers.onFound(key, record.value)
    for (const name of names) peer.offers.receive(signed(name, { seq: 2 }, { seq: 2 }))
    assert.ok(peer.offers.offers().some(({ peer: known }) => known === keyOf('rare').key))
  })

  it('is not helped by a record of junk, of strangers, or under another name', () => {
    const peer = peerOf('self', names, 16)
    const stranger = encodeFrame({ type: 'offers', offers: [...signed('stranger'), new Uint8Array(9)] })
    peer.offers.onFound(key, new Uint8Array(100))
    peer.offers.onFound(key, undefined)
    peer.offers.onFound(key, stranger)
    peer.offers.onFound('account/x', encodeFrame({ type: 'offers', offers: signed('member 1') }))
    assert.deepEqual(peer.offers.offers(), [])
  })

  it('is published of its class by one of many, the own offer first, within a record', () => {
    const peer = peerOf('member 0', names, 16)
    for (const name of names.slice(1, 15)) peer.offers.receive(signed(name))
    peer.offers.setCapacity(capacity)
    wait(peer, second)
    const [record] = effectsOf(peer, 'record')
    assert.ok(record !== undefined && record.value.length <= limits.dhtRecordBytes - 8)
    const reader = peerOf('self', names, 16)
    reader.offers.onFound(record.key, record.value)
    assert.ok(reader.offers.offers().length > 4)
    assert.ok(reader.offers.offers().some(({ peer: known }) => known === keyOf('member 0').key))
  })
})
