import assert from 'node:assert/strict'
import fc from 'fast-check'
import { sha256, utf8 } from '#protocol/wire/hash.ts'
import {
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
  type Header,
  headerDigest,
  networkDomain,
} from '#protocol/wire/header.ts'
import { encodeKey } from '#protocol/wire/keys.ts'

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
const u53 = fc.maxSafeNat()
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const headers: fc.Arbitrary<Header> = fc
  .record({
    domain: bytes32,
    account: bytes32.map(encodeKey),
    stateRoot: bytes32,
    epoch: u53,
    height: u53,
    timeMs: u53,
    spent: u64,
    reserved: u64,
    lastSeq: u53,
    rulesVersion: fc.nat(2 ** 31 - 1),
    sealed: fc.boolean(),
  })
  .map((header) => ({ ...header }))

describe('headers', () => {
  it('have 160 bytes and come back as they were', () => {
    fc.assert(
      fc.property(headers, (header) => {
        const bytes = encodeHeader(header)
        assert.equal(bytes.length, HEADER_BYTES)
        assert.deepEqual(decodeHeader(bytes), header)
        assert.deepEqual(headerDigest(header), sha256(bytes))
      }),
    )
  })

  it('are read in one way: what is read is written again as it was', () => {
    fc.assert(
      fc.property(headers, fc.nat(HEADER_BYTES - 1), fc.integer({ min: 1, max: 255 }), (header, at, change) => {
        const bytes = encodeHeader(header)
        bytes[at] = (bytes[at] ?? 0) ^ change
        const read = decodeHeader(bytes)
        if (read !== undefined) assert.deepEqual(encodeHeader(read), bytes)
      }),
      { numRuns: 1_000 },
    )
  })

  it('are refused with another tag, another length, unknown flags, or numbers beyond the safe ones', () => {
    const header = fc.sample(headers, 1)[0]
    assert.ok(header !== undefined)
    const good = encodeHeader(header)
    const changed = (at: number, value: number): Uint8Array => {
      const bytes = Uint8Array.from(good)
      bytes[at] = value
      return bytes
    }
    assert.equal(decodeHeader(good.slice(1)), undefined)
    assert.equal(decodeHeader(new Uint8Array(161)), undefined)
    assert.equal(decodeHeader(changed(0, 0x57)), undefined)
    assert.equal(decodeHeader(changed(156, 2)), undefined)
    assert.equal(decodeHeader(changed(159, 1)), undefined)
    for (const at of [104, 112, 120, 144]) assert.equal(decodeHeader(changed(at + 7, 0xff)), undefined, `at ${at}`)
  })
})

describe('network domains', () => {
  it('differ by network and by program, and no border between them can be moved', () => {
    const program = sha256(utf8('program'))
    const all = [
      networkDomain('a'),
      networkDomain('b'),
      networkDomain('a', program),
      networkDomain('ab'),
      networkDomain(''),
    ]
    assert.equal(new Set(all.map(String)).size, all.length)
  })
})
