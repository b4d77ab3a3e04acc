import assert from 'node:assert/strict'
import fc from 'fast-check'
import { limits } from '#protocol/limits.ts'
import { decodeFrame, encodeFrame, type Frame, frameSchema } from '#protocol/messages/frame.ts'
import { blobCid, decode, encode, type Plain } from '#protocol/wire/canonical.ts'
import { sha256, utf8 } from '#protocol/wire/hash.ts'
import { signerFromSeed } from '#protocol/wire/keys.ts'

const job = blobCid(utf8('job'))
const account = signerFromSeed(sha256(utf8('account'))).key
const bytes = utf8('bytes')

const frames: readonly Frame[] = [
  { type: 'inputs', inputs: [bytes] },
  { type: 'rejected', id: job, code: 'SEQ_TAKEN' },
  { type: 'offers', offers: [bytes, bytes] },
  { type: 'want', cids: [job] },
  { type: 'blob', bytes },
  { type: 'query', job },
  { type: 'receipt', receipt: bytes },
  { type: 'unknown', job },
  { type: 'account', account },
  { type: 'head', account, certificate: new Uint8Array(), nextSeq: 1, funds: null },
  { type: 'head', account, certificate: bytes, nextSeq: 7, funds: 2n ** 60n },
  { type: 'totals', certificate: bytes, totals: [[account, 5]], jobsAndMeta: new Uint8Array(32) },
  { type: 'fetch-state', account, epoch: 3 },
  { type: 'state', account, certificate: bytes, state: bytes },
  { type: 'no-state', account, epoch: 3 },
  { type: 'fetch-entry', account, height: 9 },
  { type: 'entry', account, height: 9, before: bytes, entry: bytes },
  { type: 'output', job, stream: 'stdout', at: 0, chunk: bytes },
  { type: 'ledger', message: bytes },
]

describe('frames', () => {
  it('come back as they were, every type of them', () => {
    for (const frame of frames) assert.deepEqual(decodeFrame(encodeFrame(frame)), frame, frame.type)
    const known = frameSchema.options.map(({ shape }) => [...shape.type.values][0] as string)
    const here = new Set<string>(frames.map(({ type }) => type))
    // Agreement and leases have suites of their own.
    const elsewhere = ['agreement', 'renew', 'renewed']
    assert.deepEqual(known.filter((type) => !here.has(type)).sort(), elsewhere)
  })

  it('are refused with a missing, a foreign or a wrong member', () => {
    for (const frame of frames) {
      const plain = decode(encodeFrame(frame)) as Record<string, Plain>
      for (const name of Object.keys(plain)) {
        const { [name]: _left, ...rest } = plain
        assert.equal(decodeFrame(encode(rest)), undefined, `${frame.type} without ${name}`)
        assert.equal(decodeFrame(encode({ ...plain, [name]: true })), undefined, `${frame.type} with a wrong ${name}`)
      }
      assert.equal(decodeFrame(encode({ ...plain, extra: 1 })), undefined, `${frame.type} with more`)
    }
    assert.equal(decodeFrame(encode({ type: 'nonsense' })), undefined)
  })

  it('are bounded in every list', () => {
    const cids = Array.from({ length: limits.jobInputFiles + 1 }, () => job)
    assert.equal(decodeFrame(encode({ type: 'want', cids })), undefined)
    assert.equal(decodeFrame(encode({ type: 'offers', offers: Array.from({ length: 257 }, () => bytes) })), undefined)
    assert.equal(decodeFrame(new Uint8Array(limits.frameBytes + 1)), undefined)
  })

  it('are read or refused whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        decodeFrame(noise)
      }),
      { numRuns: 1_000 },
    )
    const good = frames.map(encodeFrame)
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(), fc.integer({ min: 1, max: 255 }), (which, at, change) => {
        const changed = Uint8Array.from(good[which] ?? new Uint8Array())
        const place = at % changed.length
        changed[place] = (changed[place] ?? 0) ^ change
        const read = decodeFrame(changed)
        // Whatever was read has one encoding: the bytes that came.
        if (read !== undefined) assert.deepEqual(Uint8Array.from(encodeFrame(read)), changed)
      }),
      { numRuns: 2_000 },
    )
  })
})
