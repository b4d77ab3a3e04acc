import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { Libp2pNetwork } from '#node/adapters/network/network.ts'
import { headKey } from '#node/core/witness/account-publisher.ts'
import { forgetUnverifiedSequences, recordValidator, verifiedSequences } from '#node/peer/dht-records.ts'
import { encodeCertificate } from '#protocol/agreement/certificate.ts'
import { drawCommittee } from '#protocol/membership/committee.ts'
import { rosterView } from '#protocol/membership/registry.ts'
import { encodeHeader, networkDomain } from '#protocol/wire/header.ts'
import { type Signer, signerFromSeed } from '#protocol/wire/keys.ts'
import { type Heard, hear } from '#test/compliance/network.ts'
import { createMemoryStore } from './memory-store.ts'
import { LoopbackWorld, until } from './world.ts'

const signers = new Map(
  [1, 2, 3, 4].map((id) => signerFromSeed(new Uint8Array(32).fill(100 + id))).map((signer) => [signer.key, signer]),
)
const account = signerFromSeed(new Uint8Array(32).fill(99)).key
const domain = networkDomain('test')
const members = [...signers.keys()].map((peer) => ({ peer, owner: peer }))
const registry = rosterView(3, new Uint8Array(32).fill(1), members)
const committee = drawCommittee(registry, account)
const ledger = {
  registry: () => registry,
  registryAt: (epoch: number) => (epoch === registry.epoch ? registry : undefined),
  funds: () => undefined,
}
const validate = recordValidator({ ledger, domain, nowMs: () => 0 })
const key = headKey(account)
const highest = 2n ** 64n - 1n

interface Changes {
  readonly account?: string
  readonly domain?: Uint8Array
  readonly epoch?: number
  readonly signers?: readonly Signer[]
}

/** A certificate of `height`, signed by q witnesses unless `changes` says otherwise. */
function certificateOf(height: number, changes: Changes = {}): Uint8Array {
  const header = {
    ...{ domain: changes.domain ?? domain, account: changes.account ?? account, stateRoot: new Uint8Array(32) },
    ...{ epoch: changes.epoch ?? registry.epoch, height, timeMs: 1, spent: 0n, reserved: 0n, lastSeq: 1 },
    ...{ rulesVersion: 1, sealed: false },
  }
  const headerBytes = encodeHeader(header)
  const witnesses = committee.witnesses.slice(0, committee.q).flatMap((peer) => signers.get(peer) ?? [])
  const signed = (changes.signers ?? witnesses).map((signer): [string, Uint8Array] => [
    signer.key,
    signer.sign(headerBytes),
  ])
  return encodeCertificate({ header, headerBytes, signatures: new Map(signed) })
}

function record(sequence: bigint, content: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(sequence)
  return new Uint8Array(Buffer.concat([bytes, content]))
}

describe('a record of an account', () => {
  it('is valid if its witnesses certify the height that is its number', () => {
    assert.equal(validate(key, 7n, certificateOf(7)), true)
  })

  it('is not valid with another number, of another account, network or epoch, or signed by others', () => {
    const other = signerFromSeed(new Uint8Array(32).fill(98))
    assert.equal(validate(key, 8n, certificateOf(7)), false)
    assert.equal(validate(key, highest, certificateOf(7)), false)
    assert.equal(validate(key, 7n, certificateOf(7, { account: other.key })), false)
    assert.equal(validate(headKey(other.key), 7n, certificateOf(7)), false)
    assert.equal(validate(key, 7n, certificateOf(7, { domain: networkDomain('other') })), false)
    assert.equal(validate(key, 7n, certificateOf(7, { epoch: 4 })), false)
    assert.equal(validate(key, 7n, certificateOf(7, { signers: [...signers.values()].slice(0, 2) })), false)
    assert.equal(validate(key, 7n, certificateOf(7, { signers: [other, ...signers.values()] })), false)
  })

  it('is not valid if it is no certificate, or under a kind of key that nobody knows', () => {
    assert.equal(validate(key, highest, new Uint8Array(100)), false)
    assert.equal(validate(key, 0n, new Uint8Array(0)), false)
    assert.equal(validate(`heads/${account}`, 7n, certificateOf(7)), false)
    assert.equal(validate('account/', 7n, certificateOf(7)), false)
  })
})

describe('numbers of records', () => {
  it('are remembered by key, and those that nobody verified are forgotten', async () => {
    const store = createMemoryStore()
    const old = Array.from({ length: 600 }, (_, index) => `net/sequence/${index}`)
    await store.write([...old.map((put) => ({ put, value: new Uint8Array(1) }))], { durable: true })
    const sequences = verifiedSequences(store)
    await sequences.set('a', highest)
    await forgetUnverifiedSequences(store)
    assert.equal(await sequences.get('a'), highest)
    assert.equal(await sequences.get('b'), undefined)
    assert.deepEqual(await store.range({ gte: 'net/sequence/', lt: 'net/sequence0' }), [])
  })
})

describe('the head of an account', () => {
  let world: LoopbackWorld
  beforeEach(() => {
    world = new LoopbackWorld()
  })
  afterEach(() => world.end())

  const soon = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(15_000) })
  const join = async (id: number, through: Heard, check = validate): Promise<Heard<Libp2pNetwork>> => {
    const peer = await hear(world.make(id, { validate: check, bootstrap: through.network.addresses() }))
    await until(() => peer.network.connections().includes(through.network.self), `peer ${id} joins`)
    return peer
  }

  it('is found although an attacker put junk with the highest number first', async () => {
    const a = await hear(world.make(1, { validate }))
    const attacker = await join(66, a, () => true)
    const b = await join(2, a)
    for (const junk of [new Uint8Array(100), certificateOf(7)]) {
      const refused = a.network.counters.recordsRefused
      const { signal } = soon()
      while (a.network.counters.recordsRefused === refused) {
        signal.throwIfAborted()
        assert.equal(await attacker.network.dhtPut(key, record(highest, junk), { signal }), 0)
        await pause(5)
      }
    }
    const genuine = record(9n, certificateOf(9))
    await put(b.network, genuine)
    for (const one of [a, b]) assert.deepEqual(await one.network.dhtGet(key, soon()), genuine)
    const newer = record(10n, certificateOf(10))
    await put(b.network, newer)
    assert.deepEqual(await a.network.dhtGet(key, soon()), newer)
  })

  /** Puts until a peer takes the record: routing tables fill a moment after the connection. */
  async function put(network: Libp2pNetwork, value: Uint8Array): Promise<void> {
    const { signal } = soon()
    while ((await network.dhtPut(key, value, { signal })) === 0) {
      signal.throwIfAborted()
      await pause(5)
    }
  }
})
