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
import { limits } from '../limits.ts'
import { fmix32 } from '../placement/mix.ts'
import { exactSimilarity } from './exact.ts'
import { comparable, comparableByDigest, type Reply, type Similarity } from './reply.ts'

/** Length of an embedding. Collisions of features cancel on average, because a hash bit gives each its sign. */
export const DIMENSIONS = 1_024

const PRIME = 0x01000193
const WORD_BASIS = Math.imul(0x811c9dc5 ^ 0x57, PRIME)
const PAIR = 0x50
const GRAM_BASIS = Math.imul(0x811c9dc5 ^ 0x47, PRIME)
const GRAM_BYTES = 4
/** Whole words say more than parts of words. */
const WORD_WEIGHT = 2

const PPM = 1_000_000n
const PPM_SQUARED = PPM * PPM

/** Operations that a byte counts for: it is part of a word and of {@link GRAM_BYTES} n-grams. */
const BYTE_OPERATIONS = 2
const LOWER_CASE = Uint8Array.from({ length: 256 }, (_, byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte))
const WORD_BYTES = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x80 || /[0-9A-Za-z]/.test(String.fromCharCode(byte)) ? 1 : 0,
)

type Threshold = Extract<Comparator, { type: 'semantic' }>

/**
 * Similar means: cosine ≥ thresholdPpm / 10⁶, exactly. Distance is 10⁶ − the cosine in ppm, rounded down. Where
 * embedding all replies would take more than `limits.compareOperations`, two a byte and {@link DIMENSIONS} a pair,
 * their digests are compared instead. Each output and each pair is looked at once.
 */
export function semanticSimilarity(replies: readonly Reply[], { thresholdPpm }: Threshold): Similarity {
  const vectors = embedDistinct(replies)
  if (vectors === undefined) return exactSimilarity(replies)
  const embedded = replies.map((reply) => (comparable(reply) === undefined ? undefined : vectors.get(reply.digest)))
  const same = (i: number, j: number): boolean => i === j || replies[i]?.digest === replies[j]?.digest
  return {
    similar: (i, j) => same(i, j) || cosineAtLeast(embedded[i], embedded[j], thresholdPpm),
    distance: (i, j) => (same(i, j) ? 0n : PPM - cosinePpm(embedded[i], embedded[j])),
  }
}

/** The embedding of the output behind each digest; `undefined` if all of them would take too many operations. */
function embedDistinct(replies: readonly Reply[]): Map<string, Int32Array> | undefined {
  const outputs = comparableByDigest(replies)
  let operations = outputs.size * outputs.size * DIMENSIONS
  for (const output of outputs.values()) operations += BYTE_OPERATIONS * output.length
  if (operations > limits.compareOperations) return undefined
  return new Map([...outputs].map(([digest, output]) => [digest, embed(output)]))
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
  const hash = hashOf(word, WORD_BASIS)
  add(vector, hash, WORD_WEIGHT)
  add(vector, fmix32(previous ^ Math.imul(hash, PRIME) ^ PAIR), 1)
  addGrams(vector, word)
  return hash
}

/**
 * Adds each n-gram of the word: {@link hashOf} of every {@link GRAM_BYTES} bytes, written out because most time goes
 * here.
 */
function addGrams(vector: Int32Array, word: Uint8Array): void {
  let first = lowerCase(word[0] ?? 0)
  let second = lowerCase(word[1] ?? 0)
  let third = lowerCase(word[2] ?? 0)
  for (let end = GRAM_BYTES - 1; end < word.length; end++) {
    const last = lowerCase(word[end] ?? 0)
    let hash = Math.imul(GRAM_BASIS ^ first, PRIME)
    hash = Math.imul(hash ^ second, PRIME)
    hash = Math.imul(hash ^ third, PRIME)
    add(vector, fmix32(Math.imul(hash ^ last, PRIME)), 1)
    first = second
    second = third
    third = last
  }
}

/** The lowest 10 bits name the dimension, the highest bit is the sign. */
function add(vector: Int32Array, hash: number, weight: number): void {
  const at = hash & (DIMENSIONS - 1)
  vector[at] = (vector[at] ?? 0) + (hash < 0 ? -weight : weight)
}

/** FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/), finished with fmix32 because its high bits mix poorly. */
function hashOf(word: Uint8Array, basis: number): number {
  let hash = basis
  for (const byte of word) hash = Math.imul(hash ^ lowerCase(byte), PRIME)
  return fmix32(hash)
}

function dotOf(a: Int32Array, b: Int32Array): bigint {
  if (largestOf(a) <= EXACT_ENTRY && largestOf(b) <= EXACT_ENTRY) {
    let exact = 0
    for (let i = 0; i < DIMENSIONS; i++) exact += (a[i] ?? 0) * (b[i] ?? 0)
    return BigInt(exact)
  }
  let sum = 0n
  for (let i = 0; i < DIMENSIONS; i++) sum += BigInt(a[i] ?? 0) * BigInt(b[i] ?? 0)
  return sum
}

/** Products of entries up to here, {@link DIMENSIONS} of them, add up to a safe integer. */
const EXACT_ENTRY = 2 ** 21

function largestOf(vector: Int32Array): number {
  let largest = 0
  for (const entry of vector) largest = Math.max(largest, Math.abs(entry))
  return largest
}

/** Rounded down (Newton's method from above). */
function squareRoot(square: bigint): bigint {
  if (square < 2n) return square
  let root = square
  for (let next = (root + 1n) / 2n; next < root; next = (root + square / root) / 2n) root = next
  return root
}

function isWordByte(byte: number): boolean {
  return WORD_BYTES[byte] === 1
}

function lowerCase(byte: number): number {
  return LOWER_CASE[byte] ?? 0
}
