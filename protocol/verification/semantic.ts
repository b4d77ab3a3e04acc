/**
 * The semantic comparator: hashed embeddings. Words, pairs of neighbouring words and character n-grams are hashed into
 * one vector of integer counts (feature hashing: Weinberger et al., ICML 2009), and the cosine of two vectors is
 * compared with the threshold exactly. It sees shared wording, not meaning: a paraphrase in other words is not similar,
 * and a text that differs by a "not" is. That is what a deterministic check can give; decisions about money should use
 * a high threshold.
 *
 * It works on UTF-8 bytes without decoding them: ASCII letters are lower-cased, letters and digits and every byte from
 * 0x80 make words, all else separates, so no table of Unicode can make two machines differ.
 */
import type { Comparator } from '../job/spec.ts'
import { fmix32 } from '../placement/mix.ts'
import { comparable, type Reply, type Similarity } from './reply.ts'

/** Length of an embedding. Collisions of features cancel on average, because a hash bit gives each its sign. */
export const DIMENSIONS = 1_024

const WORD = 0x57
const PAIR = 0x50
const GRAM = 0x47
const GRAM_BYTES = 4
/** Whole words say more than parts of words. */
const WORD_WEIGHT = 2

const PPM = 1_000_000n
const PPM_SQUARED = PPM * PPM

type Threshold = Extract<Comparator, { type: 'semantic' }>

/** Similar means: cosine ≥ thresholdPpm / 10⁶, exactly. Distance is 10⁶ − the cosine in ppm, rounded down. */
export function semanticSimilarity(replies: readonly Reply[], { thresholdPpm }: Threshold): Similarity {
  const vectors = replies.map((reply) => {
    const output = comparable(reply)
    return output === undefined ? undefined : embed(output)
  })
  const same = (i: number, j: number): boolean => i === j || replies[i]?.digest === replies[j]?.digest
  return {
    similar: (i, j) => same(i, j) || cosineAtLeast(vectors[i], vectors[j], thresholdPpm),
    distance: (i, j) => (same(i, j) ? 0n : PPM - cosinePpm(vectors[i], vectors[j])),
  }
}

/** The embedding of a text: {@link DIMENSIONS} integers. Linear in the bytes; all zero if it has no word. */
export function embed(bytes: Uint8Array): Int32Array {
  const vector = new Int32Array(DIMENSIONS)
  let previous = 0
  for (let at = 0; at < bytes.length; ) {
    let end = at
    while (end < bytes.length && isWordByte(bytes[end] ?? 0)) end++
    if (end > at) {
      previous = addWord(vector, bytes.subarray(at, end), previous)
      at = end
    } else at++
  }
  return vector
}

/** Exactly dot ≥ 0 and dot² × 10¹² ≥ threshold² × |a|² × |b|²; false for a vector of zeros, which has no direction. */
export function cosineAtLeast(a: Int32Array | undefined, b: Int32Array | undefined, thresholdPpm: number): boolean {
  if (a === undefined || b === undefined) return false
  const dot = dotOf(a, b)
  const norms = dotOf(a, a) * dotOf(b, b)
  if (norms === 0n || dot < 0n) return false
  const threshold = BigInt(thresholdPpm)
  return dot * dot * PPM_SQUARED >= threshold * threshold * norms
}

/** The cosine in parts per million, rounded down, 0 if it is negative. */
function cosinePpm(a: Int32Array | undefined, b: Int32Array | undefined): bigint {
  if (a === undefined || b === undefined) return 0n
  const dot = dotOf(a, b)
  const norms = dotOf(a, a) * dotOf(b, b)
  return norms === 0n || dot < 0n ? 0n : squareRoot((dot * dot * PPM_SQUARED) / norms)
}

/** Adds a word, its pair with the word before it and its n-grams; returns the word's hash. */
function addWord(vector: Int32Array, word: Uint8Array, previous: number): number {
  const hash = hashOf(word, { kind: WORD, from: 0, to: word.length })
  add(vector, hash, WORD_WEIGHT)
  add(vector, fmix32(previous ^ Math.imul(hash, 0x01000193) ^ PAIR), 1)
  for (let at = 0; at + GRAM_BYTES <= word.length; at++)
    add(vector, hashOf(word, { kind: GRAM, from: at, to: at + GRAM_BYTES }), 1)
  return hash
}

/** The lowest 10 bits name the dimension, the highest bit is the sign. */
function add(vector: Int32Array, hash: number, weight: number): void {
  const at = hash & (DIMENSIONS - 1)
  vector[at] = (vector[at] ?? 0) + (hash < 0 ? -weight : weight)
}

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), finished with fmix32 because its high bits mix poorly. */
function hashOf(bytes: Uint8Array, { kind, from, to }: { kind: number; from: number; to: number }): number {
  let hash = Math.imul(0x811c9dc5 ^ kind, 0x01000193)
  for (let at = from; at < to; at++) hash = Math.imul(hash ^ lowerCase(bytes[at] ?? 0), 0x01000193)
  return fmix32(hash)
}

function dotOf(a: Int32Array, b: Int32Array): bigint {
  let sum = 0n
  for (let i = 0; i < DIMENSIONS; i++) sum += BigInt(a[i] ?? 0) * BigInt(b[i] ?? 0)
  return sum
}

/** Rounded down (Newton's method from above). */
function squareRoot(square: bigint): bigint {
  if (square < 2n) return square
  let root = square
  for (let next = (root + 1n) / 2n; next < root; next = (root + square / root) / 2n) root = next
  return root
}

function isWordByte(byte: number): boolean {
  const lower = lowerCase(byte)
  return byte >= 0x80 || (byte >= 0x30 && byte <= 0x39) || (lower >= 0x61 && lower <= 0x7a)
}

function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte
}
