/**
 * Binary Merkle trees with the domain separation of RFC 6962 (0x00 for leaves, 0x01 for nodes): a leaf can never be
 * read as a node. An odd node moves up unchanged. The empty tree's root is 32 zero bytes. The Solana programs check
 * the same proofs.
 */
import { sha256 } from './hash.ts'

const LEAF = Uint8Array.of(0)
const NODE = Uint8Array.of(1)
/** Root of the tree without leaves: 32 zero bytes. */
export const EMPTY_ROOT: Uint8Array = new Uint8Array(32)

/** That one leaf is in a tree: an audit path of RFC 6962, section 2.1.1. Leads to a root, see {@link rootFromProof}. */
export interface MerkleProof {
  /** Position of the leaf, from 0. */
  readonly index: number
  /** Leaves in the tree. */
  readonly size: number
  /** Sibling hashes from the leaf to the root, 32 bytes each; at most 32. */
  readonly path: readonly Uint8Array[]
}

/** `sha256(0x00 ‖ leaf)`, 32 bytes. */
export function leafHash(leaf: Uint8Array): Uint8Array {
  return sha256(LEAF, leaf)
}

/** `sha256(0x01 ‖ left ‖ right)`, 32 bytes. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(NODE, left, right)
}

/**
 * All levels of a tree over leaf hashes (see {@link leafHash}), leaves first, root last: makes many proofs for the
 * price of one tree.
 */
export type MerkleTree = readonly (readonly Uint8Array[])[]

/** The tree over leaf hashes, in order. Costs a hash per leaf. */
export function merkleTree(leaves: readonly Uint8Array[]): MerkleTree {
  const levels = [leaves]
  let level = leaves
  while (level.length > 1) {
    level = parents(level)
    levels.push(level)
  }
  return levels
}

/** The root, 32 bytes; {@link EMPTY_ROOT} without leaves. */
export function treeRoot(tree: MerkleTree): Uint8Array {
  return tree[tree.length - 1]?.[0] ?? EMPTY_ROOT
}

/** Proof that leaf `index` is in the tree; throws RangeError if there is no such leaf. */
export function treeProof(tree: MerkleTree, index: number): MerkleProof {
  const size = tree[0]?.length ?? 0
  if (index < 0 || index >= size) throw new RangeError(`no leaf ${index} of ${size}`)
  const path: Uint8Array[] = []
  let at = index
  for (const level of tree.slice(0, -1)) {
    const sibling = level[at ^ 1]
    if (sibling !== undefined) path.push(sibling)
    at >>= 1
  }
  return { index, size, path }
}

/** Root over leaf hashes, in order: as in RFC 6962 except for the empty tree, whose root is {@link EMPTY_ROOT}. */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  return treeRoot(merkleTree(leaves))
}

/** Proof that `leaves[index]` is in the tree; throws RangeError if there is no such leaf. */
export function merkleProof(leaves: readonly Uint8Array[], index: number): MerkleProof {
  return treeProof(merkleTree(leaves), index)
}

/**
 * The root that `proof` leads to from `leaf`'s hash, or `undefined` if the proof has the wrong shape for its size and
 * index.
 */
export function rootFromProof(leaf: Uint8Array, proof: MerkleProof): Uint8Array | undefined {
  const { index, size, path } = proof
  if (!Number.isSafeInteger(size) || size < 1 || size > 2 ** 31 || index < 0 || index >= size) return undefined
  let hash = leaf
  let at = index
  let width = size
  let used = 0
  while (width > 1) {
    if ((at ^ 1) < width) {
      const sibling = path[used++]
      if (sibling === undefined || sibling.length !== 32) return undefined
      hash = at % 2 === 0 ? nodeHash(hash, sibling) : nodeHash(sibling, hash)
    }
    at >>= 1
    width = (width + 1) >> 1
  }
  return used === path.length ? hash : undefined
}

function parents(level: readonly Uint8Array[]): Uint8Array[] {
  const out: Uint8Array[] = []
  for (let i = 0; i < level.length; i += 2) {
    const left = level[i]
    const right = level[i + 1]
    if (left !== undefined) out.push(right === undefined ? left : nodeHash(left, right))
  }
  return out
}
