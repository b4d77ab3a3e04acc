/**
 * The numeric comparator: two texts are alike if they are the same but for their numbers, and each pair of numbers is
 * within the tolerance. Numbers become integers in units of 1e-9, so no two machines can round differently: safe
 * integers as far as they go, bigint beyond.
 *
 * It works on bytes. A word is a run of ASCII letters, digits and `_ . + -`; a word that reads as a decimal number
 * (`-12`, `.5`, `6.02e23`) is one, every other byte is text: `v1.2.3`, `2026-01-02` and `5kg` are compared exactly. A
 * full stop after a number ends a sentence. Digits beyond 1e-9 are cut off. Numbers that are written longer than 64
 * bytes or with an exponent beyond ±400 are text, which bounds the work.
 */
import type { Comparator } from '../job/spec.ts'
import { limits } from '../limits.ts'
import { sha256, toHex } from '../wire/hash.ts'
import { exactSimilarity } from './exact.ts'
import { isWordByte, LARGE, mayBeginNumber, parseNano, scanNumber } from './number.ts'
import { comparable, comparableByDigest, type Reply, type Similarity } from './reply.ts'

/** Operations that a number beyond the safe integers counts for where it is read. */
const LARGE_OPERATIONS = 32
/** And where it is compared or added. */
const LARGE_PAIR_OPERATIONS = 12

const MILLION = 1_000_000
/** Sums up to here have room for one more distance of two safe integers. */
const SUM_MAX = 2 ** 52

/** A text with its numbers taken out. */
export interface NumericText {
  /** The bytes between the numbers, joined. */
  readonly text: Uint8Array
  /** For each number, its place: bytes of text before it. */
  readonly places: readonly number[]
  /** In units of 1e-9: integers of at most 2^52 either way, or {@link LARGE} for one that stands in `large`. */
  readonly numbers: readonly number[]
  /** By their index among the numbers, those that are larger. */
  readonly large: ReadonlyMap<number, bigint>
}

type Tolerance = Extract<Comparator, { type: 'numeric' }>

/**
 * Similar means: the same text around the same count of numbers, and for each pair |a − b| ≤ absoluteNano (1e-9 units)
 * or
 *
 * |a − b| × 10⁶ ≤ relativePpm × max(|a|, |b|). Distance is the sum of |a − b|. Not transitive; see `cluster.ts`. Where
 * comparing all replies would take more than `limits.compareOperations`, their digests are compared instead: an
 * operation is a byte that is read, or a number in one comparison, and counts are the same on every machine.
 */
export function numericSimilarity(replies: readonly Reply[], tolerance: Tolerance): Similarity {
  const read = readDistinct(replies)
  if (read === undefined) return exactSimilarity(replies)
  const texts = replies.map((reply) => (comparable(reply) === undefined ? undefined : read.get(reply.digest)))
  const same = (i: number, j: number): boolean => i === j || replies[i]?.digest === replies[j]?.digest
  return {
    similar: (i, j) => same(i, j) || closeTexts(texts[i], texts[j], tolerance),
    distance: (i, j) => (same(i, j) ? 0n : distanceOf(texts[i], texts[j])),
  }
}

interface Framed extends NumericText {
  /** The same for two texts with the same bytes between the same places of numbers. */
  readonly frame: string
}

/** The text behind each digest, each read once; `undefined` if comparing them would take too many operations. */
function readDistinct(replies: readonly Reply[]): Map<string, Framed> | undefined {
  const outputs = comparableByDigest(replies)
  let left: number = limits.compareOperations
  for (const output of outputs.values()) left -= output.length
  const texts = new Map<string, Framed>()
  const perFrame = new Map<string, { texts: number; operations: number }>()
  for (const [digest, output] of outputs) {
    if (left < 0) return undefined
    const text = readNumericText(output, Math.floor(left / LARGE_OPERATIONS))
    if (text === undefined) return undefined
    left -= text.large.size * LARGE_OPERATIONS
    const frame = frameOf(text)
    const operations = text.numbers.length + text.large.size * LARGE_PAIR_OPERATIONS
    const known = perFrame.get(frame) ?? { texts: 0, operations: 0 }
    // Each pair is compared once, and its distance added up at most once each way.
    left -= 2 * (known.texts * operations + known.operations)
    perFrame.set(frame, { texts: known.texts + 1, operations: known.operations + operations })
    texts.set(digest, { ...text, frame })
  }
  return left < 0 ? undefined : texts
}

function frameOf({ text, places }: NumericText): string {
  return toHex(sha256(text, new Uint8Array(Uint32Array.from(places).buffer)))
}

/**
 * Separates the numbers of a text from the rest. Linear in the bytes; `undefined` if more than `largeMax` numbers are
 * beyond the safe integers.
 */
export function readNumericText(
  bytes: Uint8Array,
  largeMax: number = Number.POSITIVE_INFINITY,
): NumericText | undefined {
  const text = new Uint8Array(bytes.length)
  const places: number[] = []
  const numbers: number[] = []
  const large = new Map<number, bigint>()
  const found = { value: 0, end: 0 }
  let kept = 0
  for (let at = 0; at < bytes.length; ) {
    if (mayBeginNumber(bytes[at] ?? 0) && scanNumber(bytes, at, found)) {
      if (found.value === LARGE) {
        if (large.size >= largeMax) return undefined
        large.set(numbers.length, parseNano(ascii(bytes, at, found.end)) ?? 0n)
      }
      places.push(kept)
      numbers.push(found.value)
      at = found.end
      if (at === bytes.length) break
    }
    // What is no number is text up to the end of its word, or one byte that separates words.
    let byte = bytes[at++] ?? 0
    text[kept++] = byte
    if (!isWordByte(byte)) continue
    for (; at < bytes.length; at++) {
      byte = bytes[at] ?? 0
      if (!isWordByte(byte)) break
      text[kept++] = byte
    }
  }
  return { text: text.subarray(0, kept), places, numbers, large }
}

function closeTexts(a: Framed | undefined, b: Framed | undefined, tolerance: Tolerance): boolean {
  if (a === undefined || b === undefined || a.frame !== b.frame) return false
  const { absoluteNano, relativePpm } = tolerance
  for (let i = 0; i < a.numbers.length; i++) {
    const x = a.numbers[i] ?? 0
    const y = b.numbers[i] ?? 0
    if (x === y && x !== LARGE) continue
    if (x === LARGE || y === LARGE) {
      if (!closeLarge(nanoAt(a, i), nanoAt(b, i), tolerance)) return false
    } else {
      const difference = Math.abs(x - y)
      if (difference > absoluteNano && difference > share(Math.max(Math.abs(x), Math.abs(y)), relativePpm)) return false
    }
  }
  return true
}

/**
 * ⌊size × ppm / 10⁶⌋ for a size of at most 2^52 and at most 10⁶ ppm, exactly: every product is a safe integer, and no
 * quotient comes so near to the next integer that a double could round to it.
 */
function share(size: number, ppm: number): number {
  const millions = Math.floor(size / MILLION)
  return millions * ppm + Math.floor(((size - millions * MILLION) * ppm) / MILLION)
}

function closeLarge(x: bigint, y: bigint, { absoluteNano, relativePpm }: Tolerance): boolean {
  const difference = abs(x - y)
  if (difference <= BigInt(absoluteNano)) return true
  return difference * BigInt(MILLION) <= BigInt(relativePpm) * larger(abs(x), abs(y))
}

function nanoAt({ numbers, large }: NumericText, i: number): bigint {
  return large.get(i) ?? BigInt(numbers[i] ?? 0)
}

function distanceOf(a: NumericText | undefined, b: NumericText | undefined): bigint {
  if (a === undefined || b === undefined) return 0n
  let total = 0n
  let sum = 0
  for (let i = 0; i < a.numbers.length; i++) {
    const x = a.numbers[i] ?? 0
    const y = b.numbers[i] ?? 0
    if (x === LARGE || y === LARGE) total += abs(nanoAt(a, i) - nanoAt(b, i))
    else sum += Math.abs(x - y)
    if (sum <= SUM_MAX) continue
    total += BigInt(sum)
    sum = 0
  }
  return total + BigInt(sum)
}

function ascii(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to))
}

function abs(x: bigint): bigint {
  return x < 0n ? -x : x
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
