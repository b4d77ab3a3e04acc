import assert from 'node:assert/strict'
import fc from 'fast-check'
import { encode } from '#protocol/wire/canonical.ts'
import { peekText } from '#protocol/wire/peek.ts'

describe('a look into bytes', () => {
  it('finds a text whatever stands before it', () => {
    const before = { at: 7, id: 'x', job: [1, -2, null, true, { deep: new Uint8Array(300) }], code: 2n ** 60n }
    assert.equal(peekText(encode({ ...before, type: 'output', longer: 'z' }), ['type']), 'output')
    assert.equal(peekText(encode({ type: 'agreement', message: { account: 'abc' } }), ['message', 'account']), 'abc')
  })

  it('finds nothing where there is none', () => {
    assert.equal(peekText(encode({ a: 1 }), ['type']), undefined)
    assert.equal(peekText(encode({ type: 7 }), ['type']), undefined)
    assert.equal(peekText(encode(['type', 'x']), ['type']), undefined)
    assert.equal(peekText(new Uint8Array(0), ['type']), undefined)
    assert.equal(peekText(encode({ type: 'x'.repeat(129) }), ['type']), undefined)
  })

  it('gives up after a bounded number of items', () => {
    const many = new Array(10_000).fill(0)
    assert.equal(peekText(encode({ a: many, type: 'x' }), ['type']), undefined)
  })

  it('reads what decoding would read, and survives any bytes', () => {
    const value = fc.dictionary(fc.string({ maxLength: 6 }), fc.oneof(fc.string({ maxLength: 20 }), fc.nat()))
    fc.assert(
      fc.property(value, (object) => {
        const { type: _, ...rest } = object
        assert.equal(peekText(encode({ ...rest, type: 'here' }), ['type']), 'here')
      }),
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void peekText(bytes, ['type', 'b'])))
  })
})
