/**
 * The numeric comparator: two texts are alike if they are the same but for their numbers, and each pair of numbers is
 * within the tolerance. Numbers become integers in units of 1e-9 through bigint, so no two machines can round
 * differently.
 *
 * It works on bytes. A word is a run of ASCII letters, digits and `_ . + -`; a word that reads as a decimal number
 * (`-12`, `.5`, `6.02e23`) is one, every other byte is text: `v1.2.3`, `2026-01-02` and `5kg` are compared exactly. A
 * full stop after a number ends a sentence. Digits beyond 1e-9 are cut off. Numbers that are written longer than {@link
 * NUMBER_BYTES_MAX} or with an exponent beyond ±{@link EXPONENT_MAX} are text, which bounds the work.
 */
import type { Comparator } from '../job/spec.ts'
import { equalBytes } from '../wire/hash.ts'
import { comparable, type Reply, type Similarity } from './reply.ts'

/** Longest number that is read as one, bytes. */
const NUMBER_BYTES_MAX = 64
/** Largest absolute exponent of a number. */
const EXPONENT_MAX = 400

const PPM = 1_000_000n
const NANO_DIGITS = 9

/** A text with its numbers taken out. */
export interface NumericText {
  /** The bytes between the numbers, joined. */
  readonly text: Uint8Array
  /** For each number, its place: bytes of text before it. */
  readonly places: readonly number[]
  /** In units of 1e-9. */
  readonly numbers: readonly bigint[]
}

type Tolerance = Extract<Comparator, { type: 'numeric' }>

/**
 * Similar means: the same text around the same count of numbers, and for each pair |a − b| ≤ absoluteNano (1e-9 units)
 * or
 *
 * |a − b| × 10⁶ ≤ relativePpm × max(|a|, |b|). Distance is the sum of |a − b|. Not transitive; see `cluster.ts`.
 */
export function numericSimilarity(replies: readonly Reply[], tolerance: Tolerance): Similarity {
  const texts = replies.map((reply) => {
    const output = comparable(reply)
    return output === undefined ? undefined : readNumericText(output)
  })
  const same = (i: number, j: number): boolean => i === j || replies[i]?.digest === replies[j]?.digest
  return {
    similar: (i, j) => same(i, j) || closeTexts(texts[i], texts[j], tolerance),
    distance: (i, j) => (same(i, j) ? 0n : distanceOf(texts[i], texts[j])),
  }
}

/** Separates the numbers of a text from the rest. Linear in the bytes. */
export function readNumericText(bytes: Uint8Array): NumericText {
  const text = new Uint8Array(bytes.length)
  const places: number[] = []
  const numbers: bigint[] = []
  let kept = 0
  for (let at = 0; at < bytes.length; ) {
    const end = wordEnd(bytes, at)
    const numberEnd = withoutStops(bytes, at, end)
    const value = numberEnd === at ? undefined : parseNano(ascii(bytes, at, numberEnd))
    if (value !== undefined) {
      places.push(kept)
      numbers.push(value)
      at = numberEnd
    }
    const textEnd = value === undefined ? Math.max(end, at + 1) : end
    text.set(bytes.subarray(at, textEnd), kept)
    kept += textEnd - at
    at = textEnd
  }
  return { text: text.subarray(0, kept), places, numbers }
}

const NUMBER = /^([+-]?)(\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,4}))?$/

/** The number that `word` is, in units of 1e-9, cut off towards zero; `undefined` if it is none, or too long. */
export function parseNano(word: string): bigint | undefined {
  if (word.length > NUMBER_BYTES_MAX) return undefined
  const match = NUMBER.exec(word)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = '', exponentText = '0'] = match
  const exponent = Number.parseInt(exponentText, 10)
  if (whole + fraction === '' || Math.abs(exponent) > EXPONENT_MAX) return undefined
  const shift = NANO_DIGITS + exponent - fraction.length
  const digits = BigInt(whole + fraction)
  const nano = shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift)
  return sign === '-' ? -nano : nano
}

function closeTexts(a: NumericText | undefined, b: NumericText | undefined, tolerance: Tolerance): boolean {
  if (a === undefined || b === undefined) return false
  if (a.numbers.length !== b.numbers.length || !equalBytes(a.text, b.text)) return false
  if (!a.places.every((place, i) => place === b.places[i])) return false
  const absolute = BigInt(tolerance.absoluteNano)
  const relative = BigInt(tolerance.relativePpm)
  return a.numbers.every((x, i) => {
    const y = b.numbers[i] ?? 0n
    if (x === y) return true
    const difference = abs(x - y)
    return difference <= absolute || difference * PPM <= relative * larger(abs(x), abs(y))
  })
}

function distanceOf(a: NumericText | undefined, b: NumericText | undefined): bigint {
  return (a?.numbers ?? []).reduce((sum, x, i) => sum + abs(x - (b?.numbers[i] ?? 0n)), 0n)
}

/** End of the word that begins at `at`; `at` itself if none does. */
function wordEnd(bytes: Uint8Array, at: number): number {
  let end = at
  while (end < bytes.length && isWordByte(bytes[end] ?? 0)) end++
  return end
}

/** `end` without the full stops before it. */
function withoutStops(bytes: Uint8Array, at: number, end: number): number {
  let last = end
  while (last > at && bytes[last - 1] === 0x2e) last--
  return last
}

function isWordByte(byte: number): boolean {
  const digit = byte >= 0x30 && byte <= 0x39
  const letter = (byte >= 0x41 && byte <= 0x5a) || (byte >= 0x61 && byte <= 0x7a)
  return digit || letter || byte === 0x2b || byte === 0x2d || byte === 0x2e || byte === 0x5f
}

function ascii(bytes: Uint8Array, from: number, to: number): string {
  return to - from > NUMBER_BYTES_MAX ? '' : String.fromCharCode(...bytes.subarray(from, to))
}

function abs(x: bigint): bigint {
  return x < 0n ? -x : x
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
