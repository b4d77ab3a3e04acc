import assert from 'node:assert/strict'
import fc from 'fast-check'
import { utf8 } from '#protocol/wire/hash.ts'
import { EMPTY_ROOT, leafHash, merkleProof, merkleRoot, nodeHash, rootFromProof } from '#protocol/wire/merkle.ts'

const leavesOf = (count: number): Uint8Array[] => Array.from({ length: count }, (_, i) => leafHash(utf8(`leaf ${i}`)))
const places = fc.integer({ min: 1, max: 70 }).chain((size) => fc.tuple(fc.constant(size), fc.nat(size - 1)))

describe('Merkle trees', () => {
  it('prove each of their leaves, and that one only', () => {
    fc.assert(
      fc.property(places, ([size, index]) => {
        const leaves = leavesOf(size)
        const root = merkleRoot(leaves)
        const proof = merkleProof(leaves, index)
        assert.deepEqual(rootFromProof(leaves[index] ?? EMPTY_ROOT, proof), root)
        assert.ok(proof.path.length <= Math.ceil(Math.log2(size)) + 1)
        const other = leafHash(utf8('another'))
        assert.notDeepEqual(rootFromProof(other, proof), root)
        for (let elsewhere = 0; elsewhere < size; elsewhere++) {
          if (elsewhere === index) continue
          const moved = rootFromProof(leaves[index] ?? EMPTY_ROOT, { ...proof, index: elsewhere })
          assert.ok(moved === undefined || String(moved) !== String(root))
        }
      }),
    )
  })

  it('refuse proofs of another shape', () => {
    fc.assert(
      fc.property(places, ([size, index]) => {
        const leaves = leavesOf(size)
        const leaf = leaves[index] ?? EMPTY_ROOT
        const proof = merkleProof(leaves, index)
        const { path } = proof
        for (const bad of [
          { ...proof, path: [...path, EMPTY_ROOT] },
          ...(path.length > 0
            ? [
                { ...proof, path: path.slice(1) },
                { ...proof, path: [utf8('x'), ...path.slice(1)] },
              ]
            : []),
          { ...proof, index: -1 },
          { ...proof, index: size },
          { ...proof, size: 0 },
          { ...proof, size: 0.5 },
          { ...proof, size: 2 ** 40 },
        ])
          assert.equal(rootFromProof(leaf, bad), undefined)
      }),
    )
  })

  it('never read a node as a leaf', () => {
    const [a = EMPTY_ROOT, b = EMPTY_ROOT] = leavesOf(2)
    assert.notDeepEqual(leafHash(Uint8Array.from([...a, ...b])), nodeHash(a, b))
    assert.notDeepEqual(merkleRoot([nodeHash(a, b)]), merkleRoot([leafHash(nodeHash(a, b))]))
  })

  it('differ with order, number and content of their leaves; an odd one moves up as it is', () => {
    const [a = EMPTY_ROOT, b = EMPTY_ROOT, c = EMPTY_ROOT] = leavesOf(3)
    const roots = [[], [a], [a, b], [b, a], [a, b, c], [a, b, c, c], [c, a, b]].map((leaves) =>
      String(merkleRoot(leaves)),
    )
    assert.equal(new Set(roots).size, roots.length)
    assert.deepEqual(merkleRoot([]), new Uint8Array(32))
    assert.deepEqual(merkleRoot([a]), a)
    assert.deepEqual(merkleRoot([a, b, c]), nodeHash(nodeHash(a, b), c))
    assert.throws(() => merkleProof([a], 1), RangeError)
  })
})
