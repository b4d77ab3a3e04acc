import assert from 'node:assert/strict'
import fc from 'fast-check'
import { limits } from '#protocol/limits.ts'
import { agreementMessages } from '#protocol/messages/agreement.ts'
import { decodeFrame, encodeFrame, type Frame, frameSchema } from '#protocol/messages/frame.ts'
import { frames as table } from '#protocol/messages/table.ts'
import { blobCid, decode, encode, type Plain } from '#protocol/wire/canonical.ts'
import { sha256, toHex, utf8 } from '#protocol/wire/hash.ts'
import { signerFromSeed } from '#protocol/wire/keys.ts'
import { sampleOf } from './sample.ts'

const job = blobCid(utf8('job'))
const account = signerFromSeed(sha256(utf8('account'))).key
const bytes = utf8('bytes')

/** One of every frame, one of every message of agreement, and what a sample does not show. */
const frames: readonly Frame[] = [
  ...table.map(({ schema }) => frameSchema.parse(sampleOf(schema))),
  ...agreementMessages.map(({ schema }) => frameSchema.parse({ type: 'agreement', message: sampleOf(schema) })),
  { type: 'head', account, certificate: new Uint8Array(), nextSeq: 1, funds: null },
  { type: 'head', account, certificate: bytes, nextSeq: 7, funds: 2n ** 60n },
]

describe('frames', () => {
  it('come back as they were, every type of them', () => {
    for (const frame of frames) assert.deepEqual(decodeFrame(encodeFrame(frame)), frame, frame.type)
    assert.equal(new Set(frames.map(({ type }) => type)).size, table.length)
  })

  it('are written as they always were', () => {
    const known: readonly Frame[] = [
      { type: 'rejected', id: job, code: 'SEQ_TAKEN' },
      { type: 'renew', account, leases: [[job, 3]], token: 9 },
      { type: 'head', account, certificate: bytes, nextSeq: 7, funds: 2n ** 60n },
      { type: 'totals', certificate: bytes, totals: [[account, 5]], jobsAndMeta: new Uint8Array(32) },
      { type: 'agreement', message: { type: 'commit', account, epoch: 1, height: 2, view: 0, digest: '0'.repeat(64) } },
    ]
    assert.equal(
      toHex(sha256(...known.map(encodeFrame))),
      '09f17125240448956e5a729b0bb64f6ca93622b75fe114302a4a9d277348ddd3',
    )
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
