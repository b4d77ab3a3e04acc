import assert from 'node:assert/strict'
import { checkCertificate, decodeCertificate, encodeCertificate } from '#protocol/agreement/certificate.ts'
import type { Committee } from '#protocol/membership/committee.ts'
import { encode } from '#protocol/wire/canonical.ts'
import { decodeHeader, encodeHeader, HEADER_BYTES } from '#protocol/wire/header.ts'
import { at } from './random.ts'
import { GENESIS, headerOf, witnessSigners } from './toy-log.ts'

const signers = witnessSigners.slice(0, 4)
const committee: Committee = {
  epoch: 1,
  witnesses: signers.map((signer) => signer.key),
  n: 4,
  f: 1,
  q: 3,
  tolerance: 'byzantine',
}
const header = headerOf({ ...GENESIS, height: 7, timeMs: 12 })

describe('a certificate', () => {
  it('holds with q signatures and survives its encoding', () => {
    const read = decodeCertificate(encodeCertificate(signedBy([0, 1, 3])))
    assert.ok(read !== undefined)
    assert.equal(checkCertificate(read, committee), undefined)
    assert.deepEqual(read.header, header)
  })

  it('is refused by name', () => {
    assert.equal(checkCertificate(signedBy([0, 1]), committee), 'too few signatures')
    assert.equal(checkCertificate(signedBy([0, 1, 5]), committee), 'signer is not a witness')
    assert.equal(checkCertificate(signedBy([0, 1, 2]), { ...committee, epoch: 2 }), 'other epoch')
    const tampered = signedBy([0, 1, 2])
    const headerBytes = tampered.headerBytes.with(72, 1)
    assert.equal(checkCertificate({ ...tampered, headerBytes }, committee), 'signature does not verify')
  })

  it('counts a witness once', () => {
    const { headerBytes } = signedBy([0])
    const pair = [at(signers, 0).key, at(signers, 0).sign(headerBytes)]
    assert.equal(decodeCertificate(encode([headerBytes, [pair, pair, pair]])), undefined)
  })
})

describe('a header', () => {
  it('is what its 160 bytes say', () => {
    const full = { ...header, spent: (1n << 64n) - 1n, reserved: 3n, lastSeq: 9, sealed: true }
    const bytes = encodeHeader(full)
    assert.equal(bytes.length, HEADER_BYTES)
    assert.deepEqual(decodeHeader(bytes), full)
  })

  it('refuses unknown flags, another tag, another length and unsafe numbers', () => {
    const bytes = encodeHeader(header)
    assert.equal(decodeHeader(bytes.with(156, 2)), undefined)
    assert.equal(decodeHeader(bytes.with(159, 1)), undefined)
    assert.equal(decodeHeader(bytes.with(0, 0)), undefined)
    assert.equal(decodeHeader(bytes.subarray(1)), undefined)
    assert.equal(decodeHeader(bytes.with(119, 1)), undefined)
  })
})

function signedBy(indexes: readonly number[]): Parameters<typeof checkCertificate>[0] {
  const headerBytes = encodeHeader(header)
  const signatures = new Map(
    indexes.map((index) => [at(witnessSigners, index).key, at(witnessSigners, index).sign(headerBytes)]),
  )
  return { header, headerBytes, signatures }
}
