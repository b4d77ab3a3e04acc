import assert from 'node:assert/strict'
import fc from 'fast-check'
import { limits } from '#protocol/limits.ts'
import { blobCid, encode } from '#protocol/wire/canonical.ts'
import { readEnvelope, seal, verifyEnvelope } from '#protocol/wire/envelope.ts'
import { concat, sha256, utf8 } from '#protocol/wire/hash.ts'
import { networkDomain } from '#protocol/wire/header.ts'
import { decodeKey, encodeKey, isKey, signerFromSeed, verifySignature } from '#protocol/wire/keys.ts'

const domain = networkDomain('roster:one')
const alice = signerFromSeed(sha256(utf8('alice')))
const bob = signerFromSeed(sha256(utf8('bob')))

describe('envelopes', () => {
  it('come back with their signer, their statement and their id', () => {
    const sealed = seal('job', { a: 1 }, domain, alice)
    const read = readEnvelope(sealed.raw, domain)
    assert.deepEqual(read, sealed)
    assert.ok(read !== undefined && verifyEnvelope(read, domain))
    assert.equal(sealed.id, blobCid(concat(utf8('weft/job/1\0'), domain, decodeKey(alice.key), sealed.body)))
  })

  it('are valid for one network, one kind and one signer only', () => {
    const { kind, body, signature, raw } = seal('job', { a: 1 }, domain, alice)
    const other = networkDomain('roster:two')
    const elsewhere = readEnvelope(raw, other)
    assert.ok(elsewhere !== undefined)
    assert.equal(verifyEnvelope(elsewhere, other), false)
    for (const parts of [
      ['cancel', alice.key, body, signature],
      [kind, bob.key, body, signature],
      [kind, alice.key, encode({ a: 2 }), signature],
      // The border between kind and body cannot be moved.
      ['job/1', alice.key, body, signature],
      ['', alice.key, body, signature],
    ] as const) {
      const forged = readEnvelope(encode([...parts]), domain)
      assert.ok(forged !== undefined)
      assert.equal(verifyEnvelope(forged, domain), false, parts[0])
    }
  })

  it('keep their id under another signature of the same statement', () => {
    const { kind, signer, body, id } = seal('job', { a: 1 }, domain, alice)
    const again = readEnvelope(encode([kind, signer, body, new Uint8Array(64)]), domain)
    assert.equal(again?.id, id)
    assert.ok(again !== undefined && !verifyEnvelope(again, domain))
  })

  it('are refused in any other shape', () => {
    const { kind, signer, body, signature } = seal('job', { a: 1 }, domain, alice)
    for (const value of [
      [kind, signer, body],
      [kind, signer, body, signature, 0],
      [1, signer, body, signature],
      [kind, 'nobody', body, signature],
      [kind, signer, 'text', signature],
      [kind, signer, body, 'text'],
      { kind, signer, body, signature },
    ])
      assert.equal(readEnvelope(encode(value), domain), undefined)
    assert.equal(readEnvelope(new Uint8Array(limits.frameBytes + 1), domain), undefined)
  })

  it('do not survive a changed byte', () => {
    const { raw } = seal('job', { text: 'a statement', number: 12_345 }, domain, alice)
    fc.assert(
      fc.property(fc.nat(raw.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const changed = Uint8Array.from(raw)
        changed[at] = (changed[at] ?? 0) ^ change
        const read = readEnvelope(changed, domain)
        assert.ok(read === undefined || !verifyEnvelope(read, domain))
      }),
      { numRuns: 500 },
    )
  })

  it('are read or refused whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const read = readEnvelope(bytes, domain)
        assert.ok(read === undefined || !verifyEnvelope(read, domain))
      }),
    )
  })
})

describe('keys', () => {
  it('have one spelling', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (raw) => {
        const key = encodeKey(raw)
        assert.ok(isKey(key))
        assert.deepEqual(decodeKey(key), raw)
      }),
    )
    for (const text of ['', 'l'.repeat(44), `1${alice.key}`, `${alice.key}1`, ` ${alice.key}`, 7, undefined])
      assert.equal(isKey(text), false, String(text))
    assert.throws(() => encodeKey(new Uint8Array(31)), RangeError)
  })

  it('verify their own signatures only, again and again', () => {
    const message = utf8('message')
    const signature = alice.sign(message)
    for (let i = 0; i < 2; i++) {
      assert.equal(verifySignature(alice.key, message, signature), true)
      assert.equal(verifySignature(bob.key, message, signature), false)
      assert.equal(verifySignature(alice.key, utf8('massage'), signature), false)
      assert.equal(verifySignature(alice.key, message, signature.slice(1)), false)
      assert.equal(verifySignature('nobody', message, signature), false)
    }
  })

  it('take no signature whose scalar was shifted by the order of the group', () => {
    const message = utf8('message')
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    const signature = Uint8Array.from(alice.sign(message))
    let scalar = order
    for (let i = 0; i < 32; i++) scalar += BigInt(signature[32 + i] ?? 0) << BigInt(8 * i)
    for (let i = 0; i < 32; i++) signature[32 + i] = Number((scalar >> BigInt(8 * i)) & 255n)
    assert.equal(verifySignature(alice.key, message, signature), false)
  })
})
