import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type SignedContribution, sealContribution } from '#protocol/agreement/contribution.ts'
import { makeEntry, readEntry, validateEntry } from '#protocol/agreement/entry.ts'
import { proveTotal, totalsLeaf, totalsRoot } from '#protocol/credits/totals.ts'
import type { Committee } from '#protocol/membership/committee.ts'
import { agreementMessageSchema } from '#protocol/messages/agreement.ts'
import { decode, encode } from '#protocol/wire/canonical.ts'
import { readEnvelope, seal, verifyEnvelope } from '#protocol/wire/envelope.ts'
import { equalBytes, sha256, utf8 } from '#protocol/wire/hash.ts'
import { networkDomain } from '#protocol/wire/header.ts'
import { encodeKey } from '#protocol/wire/keys.ts'
import { leafHash, merkleProof, merkleRoot, rootFromProof } from '#protocol/wire/merkle.ts'
import { at } from './random.ts'
import { DOMAIN, GENESIS, positionAfter, wallet, witnessSigners } from './toy-log.ts'

const signers = witnessSigners.slice(0, 4)
const committee: Committee = {
  epoch: 1,
  witnesses: signers.map((signer) => signer.key),
  n: 4,
  f: 1,
  q: 3,
  tolerance: 'byzantine',
}
const position = positionAfter(GENESIS, committee)

describe('an entry', () => {
  it('is read back as it was made, and fits', () => {
    const entry = entryOf([0, 1, 2])
    const read = readEntry(entry.raw, DOMAIN)
    assert.equal(read?.digest, entry.digest)
    assert.equal(read && validateEntry(read, position), undefined)
  })

  it('does not fit with too few, too many, doubled or foreign contributions, or elsewhere', () => {
    assert.equal(validateEntry(entryOf([0, 1]), position), 'not q contributions')
    assert.equal(validateEntry(entryOf([0, 1, 2, 3]), position), 'not q contributions')
    assert.equal(validateEntry(entryOf([0, 1, 1]), position), 'two contributions of one witness')
    assert.equal(validateEntry(entryOf([0, 1, 5]), position), 'a contributor is not a witness')
    assert.equal(validateEntry(entryOf([0, 1, 2]), { ...position, height: 2 }), 'another height or account')
    assert.equal(validateEntry(entryOf([0, 1, 2]), { ...position, previous: 'ab' }), 'another epoch or history')
    assert.equal(
      validateEntry({ ...entryOf([0, 1, 2]), proposer: wallet.key }, position),
      'the proposer is not a witness',
    )
    const stale = [contribution(0), contribution(1), contribution(2, 'other history')]
    assert.equal(validateEntry(entryOf([], stale), position), 'a contribution to another height')
  })

  it('is refused, never thrown at, for hostile bytes', () => {
    const { raw } = entryOf([0, 1, 2])
    fc.assert(
      fc.property(fc.integer({ min: 0, max: raw.length - 1 }), fc.integer({ min: 0, max: 255 }), (index, byte) => {
        const bytes = raw.with(index, byte)
        const read = readEntry(bytes, DOMAIN)
        if (read !== undefined) assert.equal(read.digest !== entryOf([0, 1, 2]).digest, !equalBytes(bytes, raw))
      }),
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => readEntry(bytes, DOMAIN) === undefined))
    const value = fc.oneof(fc.integer(), fc.string(), fc.uint8Array(), fc.constant(null), fc.array(fc.string()))
    fc.assert(
      fc.property(fc.array(value, { minLength: 7, maxLength: 7 }), (list) => {
        assert.equal(readEntry(encode(list), DOMAIN), undefined)
      }),
    )
  })

  it('does not take a contribution whose signature is another one', () => {
    const entry = entryOf([0, 1, 2])
    const raw = entry.raw.slice()
    const { signature } = at(entry.contributions, 0).envelope
    const found = raw.findIndex((_, i) => equalBytes(raw.subarray(i, i + 64), signature))
    assert.ok(found > 0)
    raw[found] = (raw[found] ?? 0) ^ 1
    assert.equal(readEntry(raw, DOMAIN), undefined)
  })
})

describe('a message of a witness', () => {
  it('is refused, never thrown at, for hostile values', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        assert.equal(agreementMessageSchema.safeParse(value).success, false)
      }),
    )
  })
})

describe('an envelope', () => {
  const domains = [networkDomain('a'), networkDomain('b')] as const

  it('is valid on one network and as one kind only', () => {
    const signer = at(signers, 0)
    const envelope = seal('x', { a: 1 }, domains[0], signer)
    assert.ok(verifyEnvelope(envelope, domains[0]))
    assert.ok(!verifyEnvelope(envelope, domains[1]))
    assert.ok(!verifyEnvelope({ ...envelope, kind: 'y' }, domains[0]))
    assert.ok(!verifyEnvelope({ ...envelope, signer: at(signers, 1).key }, domains[0]))
    assert.notEqual(readEnvelope(envelope.raw, domains[1])?.id, envelope.id)
  })

  it('has an id that does not depend on its signature', () => {
    const envelope = seal('x', { a: 1 }, domains[0], at(signers, 0))
    const [kind, signer, body] = decode(envelope.raw) as [string, string, Uint8Array]
    const forged = readEnvelope(encode([kind, signer, body, new Uint8Array(64)]), domains[0])
    assert.equal(forged?.id, envelope.id)
    assert.ok(forged !== undefined && !verifyEnvelope(forged, domains[0]))
  })
})

describe('a Merkle proof', () => {
  it('leads every leaf, and no other, to the root', () => {
    const tree = fc.record({ size: fc.integer({ min: 1, max: 40 }), pick: fc.nat(), other: fc.nat() })
    fc.assert(
      fc.property(tree, ({ size, pick, other }) => {
        const leaves = Array.from({ length: size }, (_, i) => leafHash(utf8(`leaf ${i}`)))
        const index = pick % size
        const proof = merkleProof(leaves, index)
        const root = merkleRoot(leaves)
        assert.deepEqual(rootFromProof(at(leaves, index), proof), root)
        assert.notDeepEqual(rootFromProof(leafHash(utf8('another')), proof), root)
        const moved = { ...proof, index: other % size }
        if (moved.index !== index) assert.notDeepEqual(rootFromProof(at(leaves, index), moved), root)
        const longer = { ...proof, path: [...proof.path, root] }
        assert.equal(rootFromProof(at(leaves, index), longer), undefined)
      }),
    )
  })

  it("proves a payee's total", () => {
    const amounts = fc.array(fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(amounts, (list) => {
        const totals = new Map(list.map((total, i) => [encodeKey(sha256(utf8(`payee ${i}`))), total]))
        for (const [payee, amount] of totals) {
          const proven = proveTotal(totals, payee)
          assert.equal(proven?.total, amount)
          if (proven === undefined) return
          const root = totalsRoot(totals)
          assert.deepEqual(rootFromProof(leafHash(totalsLeaf(payee, amount)), proven.proof), root)
          assert.notDeepEqual(rootFromProof(leafHash(totalsLeaf(payee, amount - 1n)), proven.proof), root)
        }
        assert.equal(proveTotal(totals, wallet.key), undefined)
      }),
      { numRuns: 20 },
    )
  })
})

function contribution(index: number, previous = ''): SignedContribution {
  const statement = { account: wallet.key, epoch: 1, height: 1, previous, clockMs: index, funds: null }
  return sealContribution({ ...statement, ledgerEpoch: 1, inputs: [], overdue: [] }, DOMAIN, at(witnessSigners, index))
}

function entryOf(
  indexes: readonly number[],
  contributions = indexes.map((i) => contribution(i)),
): ReturnType<typeof makeEntry> {
  const proposer = at(signers, 0).key
  const before = { previous: '', previousSignatures: new Map() }
  return makeEntry({ account: wallet.key, epoch: 1, height: 1, proposer, contributions, ...before })
}
