import assert from 'node:assert/strict'
import fc from 'fast-check'
import { blobCid, cidOfDigest, decode, encode, isCid, type Plain } from '#protocol/wire/canonical.ts'
import { fromHex, sha256, toHex, utf8 } from '#protocol/wire/hash.ts'

const hex = (text: string): Uint8Array => fromHex(text.replaceAll(' ', ''))
const { tie: plain } = fc.letrec<{ tie: Plain }>((tie) => ({
  tie: fc.oneof(
    { depthSize: 'small' },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger(),
    fc.bigInt({ min: -(2n ** 64n) + 1n, max: 2n ** 64n - 1n }).map(narrow),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('tie'), { maxLength: 5 }),
    fc.dictionary(fc.string(), tie('tie'), { maxKeys: 5 }).map((object) => ({ ...object })),
  ),
}))

describe('canonical bytes', () => {
  it('come back as what was written, and are written the same again', () => {
    fc.assert(
      fc.property(plain, (value) => {
        const bytes = encode(value)
        const back = decode(bytes)
        assert.deepEqual(back, value)
        assert.deepEqual(encode(back ?? null), bytes)
      }),
      { numRuns: 500 },
    )
  })

  it('do not depend on the order of names', () => {
    assert.deepEqual(encode({ b: 1, a: 2, aa: 3 }), encode({ aa: 3, a: 2, b: 1 }))
  })

  it('hold no fractions, no numbers beyond the safe ones, nothing undefined', () => {
    for (const value of [0.5, -0.1, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY])
      assert.throws(() => encode([value]), TypeError, String(value))
    for (const value of [undefined, { a: undefined }, [() => 1], Symbol('x')] as unknown as Plain[])
      assert.throws(() => encode(value))
  })

  // RFC 8949, section 4.2: one value, one encoding. DAG-CBOR: definite lengths, text names, tag 42 only.
  const refused: readonly (readonly [what: string, bytes: string])[] = [
    ['nothing', ''],
    ['more than one value', '01 02'],
    ['a number that is longer than it needs to be', '18 01'],
    ['a length that is longer than it needs to be', '58 01 ff'],
    ['an array of indefinite length', '9f 01 ff'],
    ['text of indefinite length', '7f 61 61 ff'],
    ['a name twice', 'a2 61 61 01 61 61 02'],
    ['names out of order', 'a2 61 62 01 61 61 02'],
    ['names that are no text', 'a1 01 02'],
    ['undefined', 'f7'],
    ['a fraction', 'fb 3f f8 00 00 00 00 00 00'],
    ['a fraction of half length', 'f9 3e 00'],
    ['a foreign tag', 'c0 61 61'],
    ['text that is not UTF-8', '61 ff'],
    ['an end before the end', '82 01'],
  ]
  for (const [what, bytes] of refused) {
    it(`are not ${what}`, () => assert.equal(decode(hex(bytes)), undefined))
  }

  it('are read or refused, never thrown at', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const value = decode(bytes)
        // What is read is what would be written: nobody can write one value in two ways.
        if (value !== undefined) assert.deepEqual(Uint8Array.from(encode(value)), bytes)
      }),
      { numRuns: 2_000 },
    )
  })

  it('survive a changed byte as another value or as none', () => {
    fc.assert(
      fc.property(plain, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, at, change) => {
        const bytes = Uint8Array.from(encode(value))
        const place = at % bytes.length
        bytes[place] = (bytes[place] ?? 0) ^ change
        const back = decode(bytes)
        if (back !== undefined) assert.notDeepEqual(back, value)
      }),
    )
  })

  it('are not read from an endless nest', () => {
    assert.equal(decode(new Uint8Array(1_000_000).fill(0x81)), undefined)
  })
})

describe('content ids', () => {
  it('name bytes by their hash', () => {
    const bytes = utf8('weft')
    const cid = blobCid(bytes)
    assert.equal(cid, cidOfDigest(sha256(bytes)))
    assert.ok(isCid(cid))
    assert.match(cid, /^bafkrei[a-z2-7]{52}$/)
    assert.notEqual(cid, blobCid(utf8('Weft')))
  })

  it('have one spelling', () => {
    const cid = blobCid(utf8('weft'))
    for (const other of [cid.toUpperCase(), ` ${cid}`, cid.slice(0, -1), `${cid}a`, 'bafy', '', 7, null])
      assert.equal(isCid(other), false, String(other))
    assert.equal(isCid('QmYwAPJzv5CZsnA625s3Xf2nemtYgPpHdWEz79ojWnPbdG'), false)
  })
})

describe('hexadecimal', () => {
  it('round-trips, and takes lower case only', () => {
    fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.deepEqual(fromHex(toHex(bytes)), bytes)))
    for (const text of ['A0', '0', 'zz', '0x00', ' 00']) assert.throws(() => fromHex(text), RangeError)
  })
})

/** Numbers that are safe integers are read as numbers. */
function narrow(value: bigint): Plain {
  return BigInt.asIntN(54, value) === value && Number.isSafeInteger(Number(value)) ? Number(value) : value
}
